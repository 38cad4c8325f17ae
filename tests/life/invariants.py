"""What must hold of an order once nothing is on its way any more."""

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal

from tests.life.picture import Picture, Row

FINAL = ("completed", "cancelled")
JOURNEY = ("pending", "paid", "production", "prepared", "packed", "shipping", "shipped", "completed")
STEPS: dict[str | None, set[str]] = {
    None: {"pending"},
    "pending": {"paid", "cancelled"},
    "paid": {"production", "cancelled"},
    "production": {"prepared", "cancelled"},
    "prepared": {"packed", "cancelled"},
    "packed": {"shipping", "cancelled"},
    "shipping": {"shipped", "packed", "cancelled"},
    "shipped": {"completed"},
}
"""The steps of an order, written down once more: the machine must not ask the code which of them are right."""
KITCHEN: dict[str, set[str | None]] = {
    "pending": {None},
    "paid": {None},
    "production": {"PREPARING", "BAKING"},
    "cancelled": {None, "CANCELLED", "COMPLETED"},
}
SHIPPING: dict[str, set[str | None]] = {
    "packed": {None, "PENDING", "CANCELLED"},
    "shipping": {"ASSIGNED", "OUT_FOR_DELIVERY", "FAILED"},
    "shipped": {"DELIVERED"},
    "completed": {"DELIVERED"},
    "cancelled": {None, "CANCELLED", "OUT_FOR_DELIVERY", "DELIVERED", "FAILED"},
}
ZERO = Decimal(0)
Problems = Iterator[str]


def problems_of(picture: Picture) -> list[str]:
    """Return what is wrong with an order, in sentences; nothing when all sides agree."""
    checks: tuple[Callable[[Picture], Problems], ...] = (
        _history,
        _money,
        _payments,
        _kitchen,
        _shipping,
        _coupons,
        _mails,
    )
    return [problem for check in checks for problem in check(picture)]


def unasked_problems_of(picture: Picture) -> list[str]:
    """Return what has happened to an order whose end or money nobody asked for."""
    problems = []
    if picture.status == "cancelled":
        problems.append("The order is cancelled, and nobody has asked for it.")
    if picture.order["refunded_total"]:
        problems.append("Money of the order went back, and nobody has asked for it.")
    return problems


def _history(picture: Picture) -> Problems:
    before: str | None = None
    for row in picture.events:
        if row["from_status"] != before:
            yield f"The history goes on from {row['from_status']}, but the order was {before}."
        if row["to_status"] not in {*STEPS.get(before, ()), before}:
            yield f"An order that was {before} became {row['to_status']}."
        before = row["to_status"]
    if before != picture.status:
        yield f"The history ends with {before}, but the order is {picture.status}."


def _money(picture: Picture) -> Problems:
    order, kept = picture.order, picture.money.kept
    paid = "paid" in picture.states
    if order["refunding_total"]:
        yield f"{order['refunding_total']} is still on its way back."
    if [row for row in picture.refunds if row["status"] in ("REQUESTED", "PENDING")]:
        yield "A refund of the order has no end."
    wanted = order["total"] - order["refunded_total"] if paid else ZERO
    if picture.status == "cancelled" and wanted:
        yield f"The order is cancelled, and {wanted} was not given back."
    if kept != wanted:
        yield f"Stripe has {kept} of the order's money, and it should be {wanted}."
    holding = [
        name for name, charged in picture.money.charged.items() if charged > picture.money.returned[name]
    ]
    if len(holding) > 1:
        yield "The order is paid twice."
    for name, returned in picture.money.returned.items():
        if returned > picture.money.charged[name]:
            yield f"More than was charged went back: {returned}."
    if picture.status != "pending" and picture.money.open:
        yield "A payment of the order can still be paid."
    if len(picture.money.open) > 1:
        yield "Two payments of the order can be paid."


def _payments(picture: Picture) -> Problems:
    order = picture.order
    own = next((row for row in picture.payments if row["id"] == order["payment_id"]), None)
    total = order["total"] or ZERO
    if "paid" in picture.states and total:
        if own is None or own["status"] not in ("SUCCEEDED", "REFUNDED"):
            yield f"The order was paid, and its payment is {own and own['status']}."
        elif order["payment_status"] != own["status"]:
            yield f"The order says that its payment is {order['payment_status']}; it is {own['status']}."
        else:
            made = sum((row["amount"] for row in _made(picture) if row["payment_id"] == own["id"]), ZERO)
            if made != order["refunded_total"]:
                yield f"Payment gave back {made}, and the order knows of {order['refunded_total']}."
    for row in picture.payments:
        charged = picture.money.charged.get(row["stripe_payment_intent_id"], ZERO)
        if row is not own and row["status"] == "SUCCEEDED":
            yield "A payment that is not the order's has succeeded."
        if (charged > 0) != (row["charged_at"] is not None):
            yield f"Stripe charged {charged}; payment says {row['charged_at']}."
        if row["status"] == "PENDING" and picture.status != "pending":
            yield "A payment waits, and the order does not."
    if any(row["status"] == "PENDING" for row in picture.payment_refunds):
        yield "A refund of a payment has no end."


def _made(picture: Picture) -> list[Row]:
    return [row for row in picture.payment_refunds if row["status"] == "SUCCEEDED"]


def _kitchen(picture: Picture) -> Problems:
    phase = picture.production and picture.production["phase"]
    if phase not in KITCHEN.get(picture.status, {"COMPLETED"}):
        yield f"The order is {picture.status}, and its production order is {phase}."
    if phase in ("BAKING", "COMPLETED") and "paid" not in picture.states:
        yield "Something was baked that nobody had paid."


def _shipping(picture: Picture) -> Problems:
    status = picture.shipment and picture.shipment["status"]
    if status not in SHIPPING.get(picture.status, {None}):
        yield f"The order is {picture.status}, and its shipment is {status}."
    if picture.status == "cancelled" and status not in (None, "CANCELLED") and not picture.order["attention"]:
        yield f"The order is cancelled, its shipment is {status}, and no admin is told."


def _coupons(picture: Picture) -> Problems:
    given_back = picture.status == "cancelled" or picture.order["payment_status"] == "REFUNDED"
    if picture.status == "pending":
        if "USED" in (picture.priced, *picture.uses.values()):
            yield "A coupon is used by an order that nobody has paid."
        return
    wanted = "RELEASED" if given_back else "USED"
    wrong = {code: status for code, status in picture.uses.items() if status != wanted}
    if wrong:
        yield f"The coupons should be {wanted}: {wrong}."
    if picture.order["coupon_codes"] and picture.priced not in (wanted, None):
        yield f"Pricing says {picture.priced}; it should be {wanted}."


TOLD = {state: f"order_{state}" for state in JOURNEY[1:]} | {"cancelled": "order_cancelled"}


def _mails(picture: Picture) -> Problems:
    found = Counter((row["template_id"], row["channel"]) for row in picture.mails)
    wanted: Counter[str] = Counter()
    for state in picture.states:
        if state in TOLD:
            wanted[TOLD[state]] += 1
    for template in TOLD.values():
        sent = found[template, "EMAIL"]
        # A second delivery is told once when the mail of the first has not gone yet.
        least = min(1, wanted[template])
        if not least <= sent <= wanted[template]:
            yield f"The mail {template} was sent {sent} times, and it should be {wanted[template]}."
    refunds = len([row for row in picture.payment_refunds if row["status"] == "SUCCEEDED"])
    if found["payment_refunded", "EMAIL"] != refunds:
        yield f"{refunds} refunds were made, and {found['payment_refunded', 'EMAIL']} mails sent."
    if picture.mails and any(row["status"] != "SENT" for row in picture.mails):
        yield f"A mail was not sent: {[(row['template_id'], row['status']) for row in picture.mails]}."
