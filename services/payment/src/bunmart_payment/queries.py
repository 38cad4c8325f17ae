"""The payment service's statements, compiled at import."""

from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from bunmart_chassis.ids import new_id
from bunmart_chassis.paging import PagedQuery
from bunmart_chassis.storage import Command, Insert, Query, columns, table
from sqlalchemy.dialects.postgresql import insert

from bunmart_payment.domain import Payment, PaymentLog, Refund
from bunmart_payment.models import (
    ClosedOrderTable,
    PaymentLogTable,
    PaymentTable,
    RefundTable,
    StripeEventTable,
)

PAYMENTS, LOGS = table(PaymentTable), table(PaymentLogTable)
REFUNDS, EVENTS = table(RefundTable), table(StripeEventTable)
CLOSED_ORDERS = table(ClosedOrderTable)
_UUID = sa.Uuid()
_COLUMNS = columns(PaymentTable, Payment)
_PAYMENT = sa.select(*_COLUMNS)
_BY_ID = _PAYMENT.where(PAYMENTS.c.id == sa.bindparam("id"))
_REFUND = sa.select(*columns(RefundTable, Refund))

PAYMENT = Query(_BY_ID, Payment)
PAYMENT_FOR_UPDATE = Query(_BY_ID.with_for_update(), Payment)
OPEN_OF_ORDER = Query(
    _PAYMENT.where(
        PAYMENTS.c.order_id == sa.bindparam("order_id"),
        PAYMENTS.c.status.in_([sa.literal_column("'PENDING'"), sa.literal_column("'SUCCEEDED'")]),
    ),
    Payment,
)
"""The pending payment of an order, and those that paid it."""
PAYMENT_OF_INTENT = Query(
    _PAYMENT.where(
        sa.or_(
            PAYMENTS.c.stripe_payment_intent_id == sa.bindparam("intent_id", type_=sa.Text),
            sa.and_(
                PAYMENTS.c.id == sa.bindparam("payment_id", type_=_UUID),
                PAYMENTS.c.stripe_payment_intent_id.is_(None),
            ),
        )
    ).with_for_update(),
    Payment,
)
"""The payment of Stripe's id, or of ours from the metadata where Stripe's is not stored yet; locked."""
PAGES_OF_ORDER = PagedQuery(
    _PAYMENT,
    Payment,
    order=[PAYMENTS.c.id],
    filters={"order_id": PAYMENTS.c.order_id == sa.bindparam("order_id")},
)
_ALL_OF_ORDER = _PAYMENT.where(PAYMENTS.c.order_id == sa.bindparam("order_id")).order_by(PAYMENTS.c.id)
ALL_OF_ORDER = Query(_ALL_OF_ORDER, Payment)
OF_ORDER_FOR_UPDATE = Query(_ALL_OF_ORDER.with_for_update(), Payment)
_IS_CLOSED = sa.exists().where(CLOSED_ORDERS.c.order_id == sa.bindparam("closed_order_id", type_=_UUID))
_ORDER_LOCK = sa.func.pg_advisory_xact_lock(
    sa.func.hashtextextended(sa.cast(sa.bindparam("closed_order_id", type_=_UUID), sa.Text), 0)
)
LOCK_ORDER = Query(sa.select(_IS_CLOSED.label("closed")).select_from(_ORDER_LOCK.alias("order_lock")), bool)
"""Let one transaction at a time open or close payments of an order; True when the order has ended.

A transaction that had to wait may read an old False; ``OPEN_PAYMENT`` looks again.
"""
CLOSE_ORDER = Command(
    insert(CLOSED_ORDERS)
    .values(order_id=sa.bindparam("order_id"), closed_at=sa.func.now())
    .on_conflict_do_nothing()
)
CLOSE_PAYMENTS = Query(
    sa.update(PAYMENTS)
    .where(PAYMENTS.c.order_id == sa.bindparam("closed_order_id", type_=_UUID))
    .values(closed_at=sa.func.coalesce(PAYMENTS.c.closed_at, sa.func.now()))
    .returning(*_COLUMNS),
    Payment,
)


def _logged(change: sa.Insert | sa.Update) -> Command:
    """Join a change of one payment and its log entry into one statement."""
    changed = change.returning(PAYMENTS.c.id).cte("changed")
    entry = sa.select(
        sa.bindparam("log_id", type_=_UUID),
        changed.c.id,
        sa.bindparam("event", type_=sa.Text),
        sa.bindparam("detail", type_=sa.Text),
        sa.func.now(),
    )
    return Command(sa.insert(LOGS).from_select(["id", "payment_id", "event", "detail", "at"], entry))


OPEN_PAYMENT = _logged(
    insert(PAYMENTS)
    .from_select(
        [column.name for column in _COLUMNS],
        sa.select(*(sa.bindparam(f"new_{column.name}", type_=column.type) for column in _COLUMNS)).where(
            ~sa.exists().where(CLOSED_ORDERS.c.order_id == sa.bindparam("new_order_id", type_=_UUID))
        ),
    )
    .on_conflict_do_nothing()
)
"""Touches no row when the order has a pending payment or has ended.

Parameters: the fields with ``new_`` before them.
"""


def opened(payment: Payment) -> dict[str, object]:
    """Give the fields of a payment as the parameters of ``OPEN_PAYMENT``."""
    return {f"new_{column.name}": getattr(payment, column.name) for column in _COLUMNS}


def _set(**values: object) -> sa.Update:
    return (
        sa.update(PAYMENTS)
        .where(PAYMENTS.c.id == sa.bindparam("payment_id", type_=_UUID))
        .values(updated_at=sa.func.now(), **values)
    )


STORE_INTENT = Query(
    _set(
        stripe_payment_intent_id=sa.bindparam("intent_id", type_=sa.Text),
        client_secret=sa.case(
            (PAYMENTS.c.status == sa.literal_column("'PENDING'"), sa.bindparam("secret", type_=sa.Text)),
        ),
    )
    .where(PAYMENTS.c.stripe_payment_intent_id.is_(None))
    .returning(*_COLUMNS),
    Payment,
)
"""No row when the intent is stored already."""
APPLY = _logged(
    _set(
        status=sa.bindparam("status", type_=sa.Text),
        failure_code=sa.bindparam("failure_code", type_=sa.Text),
        client_secret=None,
        charged_at=sa.case(
            (
                sa.bindparam("charged", type_=sa.Boolean),
                sa.func.coalesce(PAYMENTS.c.charged_at, sa.func.now()),
            ),
            else_=PAYMENTS.c.charged_at,
        ),
        stripe_payment_intent_id=sa.func.coalesce(
            PAYMENTS.c.stripe_payment_intent_id, sa.bindparam("intent_id", type_=sa.Text)
        ),
    )
)
SUM_REFUNDS = _logged(
    _set(
        refund_total=sa.func.least(
            PAYMENTS.c.amount,
            sa.select(sa.func.coalesce(sa.func.sum(REFUNDS.c.amount), 0))
            .where(REFUNDS.c.payment_id == PAYMENTS.c.id, REFUNDS.c.status != sa.literal_column("'FAILED'"))
            .scalar_subquery(),
        )
    )
)
"""Bring the total of a payment in line with its refunds. Somebody may refund by hand at Stripe what we are
about to refund; until Stripe has refused ours, both stand here."""
ARCHIVE = _logged(_set(archived_at=sa.func.coalesce(PAYMENTS.c.archived_at, sa.func.now())))


def log_entry(event: str, detail: str) -> dict[str, object]:
    """Give the log entry of a change as its parameters."""
    return {"log_id": new_id(), "event": event, "detail": detail}


ADD_LOG = Insert(PaymentLogTable, PaymentLog)
LOG_PAGES = PagedQuery(
    sa.select(*columns(PaymentLogTable, PaymentLog)),
    PaymentLog,
    order=[LOGS.c.id],
    descending=False,
    filters={"payment_id": LOGS.c.payment_id == sa.bindparam("payment_id")},
)

ADD_EVENT = Command(
    insert(EVENTS)
    .values(
        id=sa.bindparam("event_id"),
        type=sa.bindparam("event_type"),
        payload=sa.bindparam("event_payload"),
        received_at=sa.func.now(),
    )
    .on_conflict_do_nothing()
)
"""Touches no row when the event is stored already."""

ADD_REFUND = Insert(RefundTable, Refund)
REFUND = Query(_REFUND.where(REFUNDS.c.id == sa.bindparam("id")), Refund)
REFUNDS_OF = Query(
    _REFUND.where(REFUNDS.c.payment_id == sa.bindparam("payment_id")).order_by(REFUNDS.c.id), Refund
)
REFUND_PAGES = PagedQuery(
    _REFUND,
    Refund,
    order=[REFUNDS.c.id],
    descending=False,
    filters={"payment_id": REFUNDS.c.payment_id == sa.bindparam("payment_id")},
)
REFUNDS_OF_REQUEST = Query(
    _REFUND.where(REFUNDS.c.request_id == sa.bindparam("request_id", type_=_UUID)).order_by(REFUNDS.c.id),
    Refund,
)
_OF_PAYMENT = REFUNDS.c.payment_id == sa.bindparam("payment_id", type_=_UUID)
REFUNDS_TO_REPORT = Query(
    _REFUND.where(
        sa.or_(
            _OF_PAYMENT,
            REFUNDS.c.request_id.in_(
                sa.select(REFUNDS.alias("own").c.request_id).where(
                    sa.literal_column("own.payment_id") == sa.bindparam("payment_id", type_=_UUID)
                )
            ),
        )
    ).order_by(REFUNDS.c.id),
    Refund,
)
"""The refunds of a payment, and what other payments of its order give to the same requests."""
RETURNED_TOTAL = Query(
    sa.select(
        sa.func.least(
            PAYMENTS.c.amount,
            sa.select(sa.func.coalesce(sa.func.sum(REFUNDS.c.amount), 0))
            .where(
                REFUNDS.c.payment_id == PAYMENTS.c.id, REFUNDS.c.status == sa.literal_column("'SUCCEEDED'")
            )
            .scalar_subquery(),
        ).label("returned_total")
    ).where(PAYMENTS.c.id == sa.bindparam("payment_id")),
    Decimal,
)
"""The money of a payment that has been given back, without what is still under way."""
DROP_UNNAMED_REFUNDS = Command(
    sa.delete(REFUNDS).where(
        REFUNDS.c.payment_id == sa.bindparam("payment_id", type_=_UUID),
        REFUNDS.c.status == sa.literal_column("'SUCCEEDED'"),
        REFUNDS.c.stripe_refund_id.is_(None),
    )
)
"""Drop what an earlier release knew of refunds at Stripe only as a sum (migration 0002)."""
SET_REFUND = Command(
    sa.update(REFUNDS)
    .where(REFUNDS.c.id == sa.bindparam("refund_id", type_=_UUID))
    .values(
        status=sa.bindparam("status", type_=sa.Text),
        stripe_refund_id=sa.func.coalesce(
            REFUNDS.c.stripe_refund_id, sa.bindparam("stripe_id", type_=sa.Text)
        ),
        updated_at=sa.func.now(),
    )
)


def _claim(of: sa.Table, due: sa.ColumnElement[object]) -> sa.Update:
    """Take the pending rows that nobody looked at for long; two replicas never take the same."""
    stale = (
        sa.select(of.c.id)
        .where(of.c.status == sa.literal_column("'PENDING'"), due < sa.bindparam("before"))
        .order_by(due)
        .limit(sa.bindparam("limit", type_=sa.Integer))
        .with_for_update(skip_locked=True)
    )
    return sa.update(of).where(of.c.id.in_(stale))


CLAIM_PAYMENTS = Query(
    _claim(PAYMENTS, PAYMENTS.c.checked_at).values(checked_at=sa.func.now()).returning(*_COLUMNS), Payment
)
CLAIM_REFUNDS = Query(
    _claim(REFUNDS, REFUNDS.c.updated_at).values(updated_at=sa.func.now()).returning(REFUNDS.c.id), UUID
)


PAGES = PagedQuery(
    _PAYMENT.where(PAYMENTS.c.archived_at.is_(None)),
    Payment,
    order=[PAYMENTS.c.id],
    filters={"status": PAYMENTS.c.status == sa.bindparam("status")},
)
"""Payments that are not archived, newest first."""
