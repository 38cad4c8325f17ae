"""The effects of a step in the life of an order."""

import enum
from collections.abc import Mapping


class Effect(enum.StrEnum):
    """A consequence of a step: a job of the outbox, written in the transaction of the step."""

    TELL_CUSTOMER = "mail to the customer"
    CLOSE_PAYMENTS = "close payments"
    REFUND = "refund"
    STOP_PRODUCTION = "stop production"
    STOP_SHIPMENT = "stop shipment"
    SETTLE_COUPONS = "settle coupons"
    RESTORE_CART = "restore the cart"
    COMPLETE_LATER = "complete later"


MEANINGS: Mapping[Effect, str] = {
    Effect.TELL_CUSTOMER: (
        "notification sends the mail of the new state, with number, items and total. That of a paid order "
        "carries the receipt, as PDF and HTML. When the money of a refund has gone back, its credit note is "
        "mailed."
    ),
    Effect.CLOSE_PAYMENTS: (
        "payment ends every open intent of the order (`CloseOrderPayments`); money that comes all the same "
        "goes back, because its report is refused."
    ),
    Effect.REFUND: (
        "payment gives the money back (`RefundOrder`), if the order has any; the state of the refund is kept "
        "with the order until payment reports its end."
    ),
    Effect.STOP_PRODUCTION: (
        "kitchen bakes it no more (`CancelProductionOrder`) and refuses a production order that comes late. "
        "The answer is in the history, also that it was baked already."
    ),
    Effect.STOP_SHIPMENT: (
        "shipping ends the shipment (`CancelShipment`) and refuses one that comes late. A shipment that is "
        "on the road is not stopped: an admin sees that in `attention`, and order asks again until it is "
        "back or delivered. It goes out no second time: a delivery that fails is given up at once. An order "
        "that is still shipping hears that, and is cancelled."
    ),
    Effect.SETTLE_COUPONS: (
        "pricing counts the uses of the coupons of a paid order (USED) and gives them back for one that was "
        "cancelled, whose payment failed, or whose money was given back in full (RELEASED). It hears of paid "
        "orders without coupons too, to know who orders for the first time."
    ),
    Effect.RESTORE_CART: (
        "cart gets the goods and notes back (`RestoreCart`), if the order came from a cart, without the "
        "pieces that the customer has bought since."
    ),
    Effect.COMPLETE_LATER: "the order completes by itself after `BUNMART_COMPLETE_AFTER_SECONDS`.",
}
"""The effects in words, for the page."""
