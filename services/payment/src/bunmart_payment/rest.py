"""REST of the payment service, and Stripe's webhook."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from bunmart_chassis.identity import Principal, Role, requires
from bunmart_chassis.paging import Page, PageRequest
from bunmart_chassis.rest import UnitOfWork
from bunmart_chassis.validation import require_text
from litestar import Controller, Request, delete, get, post
from litestar.params import HeaderParameter

from bunmart_payment.domain import PaymentStatus
from bunmart_payment.schemas import (
    NewRefund,
    PaymentConfig,
    PaymentLogView,
    PaymentView,
    Received,
    RefundView,
    log_view,
    payment_view,
    refund_view,
)
from bunmart_payment.service import Payments


class PaymentController(Controller):
    """Payments of customers; admins see all of them and refund."""

    path = "/api/payments"
    tags = ("payments",)

    @get("/", operation_id="ListPayments", guards=[requires(Role.ADMIN)])
    async def list_all(
        self,
        principal: Principal,
        payments: Payments,
        page: PageRequest,
        status: PaymentStatus | None = None,
    ) -> Page[PaymentView]:
        """List payments that are not archived, newest first, optionally of one status (admins)."""
        found = await payments.list_page(page, status=status)
        return found.map(lambda payment: payment_view(payment, principal))

    @get("/config", operation_id="GetPaymentConfig", guards=[requires(*Role)])
    async def config(self, payment_config: PaymentConfig) -> PaymentConfig:
        """Read the settings with which the payment page talks to Stripe. Cards go there, never here."""
        return payment_config

    @get("/order/{order_id:uuid}", operation_id="ListPaymentsOfOrder")
    async def of_order(
        self, order_id: UUID, principal: Principal, payments: Payments, page: PageRequest
    ) -> Page[PaymentView]:
        """List the attempts to pay an order, newest first."""
        found = await payments.list_of_order(order_id, page)
        for payment in found.items:
            principal.require_self(payment.user_id)
        return found.map(lambda payment: payment_view(payment, principal))

    @get("/{payment_id:uuid}", operation_id="GetPayment")
    async def get_one(self, payment_id: UUID, principal: Principal, payments: Payments) -> PaymentView:
        """Read a payment; its customer gets the client secret while it can be paid."""
        payment = await payments.get(payment_id)
        principal.require_self(payment.user_id)
        return payment_view(payment, principal)

    @get("/{payment_id:uuid}/logs", operation_id="GetPaymentLogs", guards=[requires(Role.ADMIN)])
    async def logs(self, payment_id: UUID, payments: Payments, page: PageRequest) -> Page[PaymentLogView]:
        """Read the log of a payment, oldest first (admins)."""
        return (await payments.list_logs(payment_id, page)).map(log_view)

    @get("/{payment_id:uuid}/refunds", operation_id="ListRefunds", guards=[requires(Role.ADMIN)])
    async def refunds(self, payment_id: UUID, payments: Payments, page: PageRequest) -> Page[RefundView]:
        """List the refunds of a payment, oldest first (admins)."""
        return (await payments.list_refunds(payment_id, page)).map(refund_view)

    @post(
        "/{payment_id:uuid}/refund",
        status_code=202,
        operation_id="RefundPayment",
        guards=[requires(Role.ADMIN)],
    )
    async def refund(
        self, payment_id: UUID, data: NewRefund, payments: Payments, unit: UnitOfWork
    ) -> RefundView:
        """Refund a payment or a part of it (admins). Stripe makes it a moment later; see its status."""
        amount = None if data.amount is None else Decimal(data.amount)
        reason = require_text("reason", data.reason)
        return refund_view(await payments.request_refund(unit, payment_id, amount, reason))

    @delete("/{payment_id:uuid}", operation_id="ArchivePayment", guards=[requires(Role.ADMIN)])
    async def archive(
        self, payment_id: UUID, principal: Principal, payments: Payments, unit: UnitOfWork
    ) -> None:
        """Take a payment that is over out of the lists (admins). It is kept and can be read by its id."""
        await payments.archive(unit, payment_id, actor=f"user:{principal.user_id}")


class WebhookController(Controller):
    """The endpoint to which Stripe sends events (https://docs.stripe.com/webhooks)."""

    path = "/webhooks/stripe"
    tags = ("webhooks",)

    @post("/", status_code=200, operation_id="ReceiveStripeEvent")
    async def receive(
        self,
        request: Request[Any, Any, Any],
        payments: Payments,
        unit: UnitOfWork,
        signature: Annotated[str | None, HeaderParameter(name="stripe-signature")] = None,
    ) -> Received:
        """Take an event; its signature is its authority, a second delivery is acknowledged."""
        await payments.receive_event(unit, await request.body(), signature)
        return Received()
