"""What each service, and Stripe, knows about an order."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from bunmart_dev.stripe_emulator.objects import Charge, PaymentIntent
from bunmart_dev.stripe_emulator.store import Store

from tests.life.system import System

Row = asyncpg.Record
_USES = """
SELECT c.code, u.status FROM coupon_uses u JOIN coupons c ON c.id = u.coupon_id WHERE u.order_id = $1
"""
_RETURNS = "SELECT r.* FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE p.order_id = $1"
_MOVES = """
SELECT e.* FROM shipment_events e JOIN shipments s ON s.id = e.shipment_id WHERE s.order_id = $1 ORDER BY e.id
"""
_MAILS = """
SELECT template_id, channel, status, reference_id FROM notifications
WHERE reference_id = ANY($1::text[])
"""
CENT = Decimal("0.01")


@dataclass
class Money:
    """What Stripe has of an order's money, in major units.

    Attributes:
        charged: By intent, what was ever charged.
        returned: By intent, what was given back.
        open: Intents that can still be paid.
    """

    charged: dict[str, Decimal]
    returned: dict[str, Decimal]
    open: list[str]

    @property
    def kept(self) -> Decimal:
        """What is left with the shop."""
        return sum(self.charged.values(), Decimal(0)) - sum(self.returned.values(), Decimal(0))


@dataclass
class Picture:
    """One order from all sides.

    Attributes:
        order: Its row.
        events: Its history, oldest first.
        refunds: Those that the order knows.
        payments: Its payments, oldest first.
        payment_refunds: Those that payment knows.
        production: The kitchen's row, if any.
        shipment: The shipment's row, if any.
        shipment_events: Its history.
        priced: The status at pricing; None when it was never reserved.
        uses: The status of each coupon's use.
        mails: The rows of its notifications.
        money: Stripe's books.
    """

    order: Row
    events: list[Row]
    refunds: list[Row]
    payments: list[Row]
    payment_refunds: list[Row]
    production: Row | None
    shipment: Row | None
    shipment_events: list[Row]
    priced: str | None
    uses: dict[str, str]
    mails: list[Row]
    money: Money

    @property
    def status(self) -> str:
        """The state of the order."""
        return str(self.order["status"])

    @property
    def states(self) -> list[str]:
        """The states that the order has entered, in turn."""
        return [row["to_status"] for row in self.events if row["from_status"] != row["to_status"]]

    def __str__(self) -> str:
        """Write it for the reader of a failure."""
        names = ("total", "coupon_codes", "payment_status", "refunded_total", "refunding_total", "attention")
        facts = ", ".join(f"{name}={self.order[name]}" for name in names)
        history = [f"{row['to_status']} ({row['actor']}: {row['reason']})" for row in self.events]
        payments = [f"{row['status']}/{row['failure_code']}/-{row['refund_total']}" for row in self.payments]
        production = self.production and self.production["phase"]
        shipment = self.shipment and self.shipment["status"]
        mails = sorted(f"{row['template_id']}:{row['status']}" for row in self.mails)
        refunds = [f"{row['amount']} {row['status']}" for row in self.refunds]
        return (
            f"order {self.order['id']} {self.status}: {facts}\n  history {history}\n  refunds {refunds}\n"
            f"  payments {payments}, Stripe {self.money}\n  kitchen {production}, shipping {shipment}\n"
            f"  coupons {self.priced} {self.uses}\n  mails {mails}"
        )


async def look_at(system: System, order_id: UUID) -> Picture:
    """Read an order from all sides."""
    services = {name: service.database for name, service in system.services.items()}
    order, payment, kitchen = services["order"], services["payment"], services["kitchen"]
    shipping, pricing = services["shipping"], services["pricing"]
    (
        rows,
        production,
        shipment,
        priced,
        (events, refunds, payments, returns, moves, uses),
    ) = await asyncio.gather(
        order.fetch("SELECT * FROM orders WHERE id = $1", order_id),
        kitchen.fetchrow("SELECT * FROM production_orders WHERE user_order_id = $1", order_id),
        shipping.fetchrow("SELECT * FROM shipments WHERE order_id = $1", order_id),
        pricing.fetchrow("SELECT status FROM priced_orders WHERE order_id = $1", order_id),
        asyncio.gather(
            order.fetch("SELECT * FROM order_events WHERE order_id = $1 ORDER BY id", order_id),
            order.fetch("SELECT * FROM refunds WHERE order_id = $1 ORDER BY id", order_id),
            payment.fetch("SELECT * FROM payments WHERE order_id = $1 ORDER BY id", order_id),
            payment.fetch(_RETURNS, order_id),
            shipping.fetch(_MOVES, order_id),
            pricing.fetch(_USES, order_id),
        ),
    )
    references = [str(row["id"]) for row in (*rows, *payments, *([shipment] if shipment else []))]
    return Picture(
        order=rows[0],
        events=events,
        refunds=refunds,
        payments=payments,
        payment_refunds=returns,
        production=production,
        shipment=shipment,
        shipment_events=moves,
        priced=priced and priced["status"],
        uses={row["code"]: row["status"] for row in uses},
        mails=await services["notification"].fetch(_MAILS, references),
        money=money_of(system.provider.emulator.store, order_id),
    )


def money_of(store: Store, order_id: UUID) -> Money:
    """Read Stripe's books of an order."""
    intents, _ = store.select(PaymentIntent, ["kind = 'payment_intent'"], (), limit=100_000)
    mine = {each.id: each for each in intents if each.metadata.get("order_id") == str(order_id)}
    charges, _ = store.select(Charge, ["kind = 'charge'"], (), limit=100_000)
    charged: dict[str, Decimal] = {}
    returned: dict[str, Decimal] = {}
    for charge in charges:
        if charge.payment_intent in mine and charge.status == "succeeded":
            charged[charge.payment_intent] = charge.amount_captured * CENT
            returned[charge.payment_intent] = charge.amount_refunded * CENT
    ended: Mapping[str, Any] = {"succeeded": 1, "canceled": 1}
    return Money(charged, returned, [each.id for each in mine.values() if each.status not in ended])
