"""No sequence of operations leads a PaymentIntent out of its documented states."""

from typing import Any

from bunmart_dev.stripe_emulator import operations
from bunmart_dev.stripe_emulator.cards import CARDS
from bunmart_dev.stripe_emulator.control import authentication
from bunmart_dev.stripe_emulator.emulator import Emulator
from bunmart_dev.stripe_emulator.objects import Charge, PaymentIntent, Refund
from bunmart_dev.stripe_emulator.parameters import ListCharges, ListIntents, ListRefunds
from bunmart_dev.stripe_emulator.settings import Settings
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

# https://docs.stripe.com/payments/paymentintents/lifecycle
TRANSITIONS = {
    "requires_payment_method": {
        "requires_confirmation",
        "requires_action",
        "requires_capture",
        "succeeded",
        "canceled",
    },
    "requires_confirmation": {
        "requires_payment_method",
        "requires_action",
        "requires_capture",
        "succeeded",
        "canceled",
    },
    "requires_action": {
        "requires_payment_method",
        "requires_confirmation",
        "requires_capture",
        "succeeded",
        "canceled",
    },
    "requires_capture": {"succeeded", "canceled"},
    "succeeded": set[str](),
    "canceled": set[str](),
}

amounts = st.integers(min_value=1, max_value=1000)
# Around the bound, where a wrong comparison shows.
near = st.sampled_from([1, -1, -2, 0])
cards = st.sampled_from([card.payment_method for card in CARDS])


class PaymentIntentMachine(RuleBasedStateMachine):
    @initialize(
        amount=amounts,
        capture_method=st.sampled_from(["automatic", "automatic", "manual"]),
        # Half of the runs begin with a payment that has got somewhere.
        card=st.sampled_from(["", "", "pm_card_authenticationRequired", "pm_card_visa", "pm_card_visa"]),
    )
    def create(self, amount: int, capture_method: str, card: str) -> None:
        self.emulator = Emulator(Settings(), "")
        self.run(
            operations.create_intent,
            {"amount": str(amount), "currency": "eur", "capture_method": capture_method},
        )
        (intent,), _ = self.emulator.store.page(PaymentIntent, ListIntents())
        self.intent_id = intent.id
        self.status = intent.status
        if card:
            self.confirm(card)

    @property
    def intent(self) -> PaymentIntent:
        return self.emulator.store.get(PaymentIntent, self.intent_id)

    @property
    def refunded(self) -> int:
        refunds, _ = self.emulator.store.page(Refund, ListRefunds(limit=100), [self.intent_id])
        return sum(refund.amount for refund in refunds)

    def teardown(self) -> None:
        self.emulator.store.close()

    def run(self, operation: operations.Operation, parameters: dict[str, Any]) -> None:
        answer = self.emulator.run(operation, getattr(self, "intent_id", ""), parameters)
        assert answer.status in (200, 400, 402)

    @rule(card=cards)
    def confirm(self, card: str) -> None:
        self.run(operations.confirm_intent, {"payment_method": card})

    @rule()
    def confirm_again(self) -> None:
        self.run(operations.confirm_intent, {})

    @rule(succeeds=st.booleans())
    def authenticate(self, succeeds: bool) -> None:
        self.run(authentication(succeeds=succeeds), {})

    @rule(off_by=near)
    def capture(self, off_by: int) -> None:
        amount = max(1, self.intent.amount_capturable + off_by)
        self.run(operations.capture_intent, {"amount_to_capture": str(amount)})

    @rule()
    def cancel(self) -> None:
        self.run(operations.cancel_intent, {})

    @rule(amount=amounts)
    def update_amount(self, amount: int) -> None:
        self.run(operations.update_intent, {"amount": str(amount)})

    @rule(card=cards)
    def update_payment_method(self, card: str) -> None:
        self.run(operations.update_intent, {"payment_method": card})

    @rule(off_by=near)
    def refund(self, off_by: int) -> None:
        amount = max(1, self.intent.amount_received - self.refunded + off_by)
        self.run(operations.create_refund, {"payment_intent": self.intent_id, "amount": str(amount)})

    # The rules above are mostly refused, as they come at any time; these come when they may succeed.

    @precondition(lambda self: self.status == "requires_capture")
    @rule(off_by=near)
    def capture_reserved(self, off_by: int) -> None:
        self.capture(off_by)

    @precondition(lambda self: self.status == "succeeded")
    @rule(off_by=near)
    def refund_paid(self, off_by: int) -> None:
        self.refund(off_by)

    @precondition(lambda self: self.status in ("requires_payment_method", "requires_confirmation"))
    @rule()
    def pay(self) -> None:
        self.confirm("pm_card_visa")

    @invariant()
    def status_follows_the_documentation(self) -> None:
        if not hasattr(self, "intent_id"):
            return
        intent = self.intent
        assert intent.status == self.status or intent.status in TRANSITIONS[self.status]
        assert (intent.next_action is not None) == (intent.status == "requires_action")
        assert (intent.canceled_at is not None) == (intent.status == "canceled")
        assert (intent.amount_received > 0) == (intent.status == "succeeded")
        assert (intent.amount_capturable > 0) == (intent.status == "requires_capture")
        self.status = intent.status

    @invariant()
    def money_is_taken_once_and_never_more_given_back(self) -> None:
        if not hasattr(self, "intent_id"):
            return
        intent = self.intent
        charges, _ = self.emulator.store.page(Charge, ListCharges(limit=100), [self.intent_id])
        assert sum(charge.amount_captured for charge in charges) == intent.amount_received <= intent.amount
        assert len([charge for charge in charges if charge.status == "succeeded"]) <= 1
        assert self.refunded <= intent.amount_received
        if intent.status == "succeeded":
            assert sum(charge.amount_refunded for charge in charges) == self.refunded


TestPaymentIntent = PaymentIntentMachine.TestCase
TestPaymentIntent.settings = settings(
    max_examples=150,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
