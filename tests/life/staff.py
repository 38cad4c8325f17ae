"""The commands of bakers and drivers, the admin's at kitchen and shipping, and what Stripe and the clock do."""

from datetime import timedelta
from uuid import uuid4

from tests.life.commands import Answer, Command
from tests.life.shop import OrderRef, Shop, pick_one

_HOUR = timedelta(hours=1)


async def _production_id(shop: Shop, order: OrderRef) -> str:
    database = shop.system.services["kitchen"].database
    row = await database.fetchrow("SELECT id FROM production_orders WHERE user_order_id = $1", order.id)
    return str(row["id"]) if row else ""


async def _shipment_id(shop: Shop, order: OrderRef) -> str:
    database = shop.system.services["shipping"].database
    row = await database.fetchrow("SELECT id FROM shipments WHERE order_id = $1", order.id)
    return str(row["id"]) if row else ""


async def _phase(shop: Shop, order: OrderRef, phase: str, percent: int) -> Answer:
    found = await _production_id(shop, order)
    if not found:
        return None
    body = {"phase": phase, "progress_percent": percent}
    return await shop.call("kitchen", "PUT", f"/api/production-orders/{found}/phase", shop.baker, body)


async def bake(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """A baker begins with the order, or is half through."""
    return await _phase(shop, order, "BAKING", 30 + pick % 3 * 20)


async def finish_baking(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """A baker is done with the order."""
    del pick
    return await _phase(shop, order, "COMPLETED", 100)


async def delete_production(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """An admin deletes the production order."""
    del pick
    found = await _production_id(shop, order)
    if not found:
        return None
    return await shop.call("kitchen", "DELETE", f"/api/production-orders/{found}", shop.admin)


async def submit_shipment(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """The driver takes the parcel on, or an admin gives it to a carrier."""
    found = await _shipment_id(shop, order)
    if not found:
        return None
    path = f"/api/shipments/{found}"
    if pick % 4 == 3:
        body = {"carrier": "Post", "tracking_number": f"P{uuid4().hex[:12]}"}
        return await shop.call("shipping", "PUT", path, shop.admin, body)
    body = {"driver_id": str(shop.system.driver_id), "vehicle_id": str(shop.system.vehicle_id)}
    return await shop.call("shipping", "PUT", path, shop.driver if pick % 4 else shop.admin, body)


async def _move(shop: Shop, order: OrderRef, status: str, *, by_admin: bool) -> Answer:
    found = await _shipment_id(shop, order)
    if not found:
        return None
    auth = shop.admin if by_admin else shop.driver
    return await shop.call("shipping", "PUT", f"/api/shipments/{found}/status", auth, {"status": status})


async def drive_out(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """The parcel leaves, also for a second attempt."""
    return await _move(shop, order, "OUT_FOR_DELIVERY", by_admin=pick % 3 != 1)


async def deliver(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """The parcel is delivered."""
    return await _move(shop, order, "DELIVERED", by_admin=pick % 3 != 1)


async def fail_delivery(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """Nobody was at home."""
    return await _move(shop, order, "FAILED", by_admin=pick % 3 != 1)


async def give_up(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """An admin ends the shipment: the parcel is back."""
    found = await _shipment_id(shop, order)
    if not found:
        return None
    if pick % 2:
        return await shop.call("shipping", "DELETE", f"/api/shipments/{found}", shop.admin)
    return await _move(shop, order, "CANCELLED", by_admin=True)


async def refund_by_hand(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """Somebody gives money back in Stripe's dashboard."""
    if order.secrets:
        intent = pick_one(order.secrets, pick // 3).rsplit("_secret", 1)[0]
        amount = pick_one(({}, {"amount": "60"}, {"amount": "400"}), pick)
        await shop.system.provider.refund(intent, **amount)
    return None


async def cancel_by_hand(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """Somebody cancels an intent in Stripe's dashboard."""
    if order.secrets:
        await shop.system.provider.cancel(pick_one(order.secrets, pick).rsplit("_secret", 1)[0])
    return None


async def change_amount(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """Somebody changes the amount of an intent in Stripe's dashboard."""
    if order.secrets:
        intent = order.secrets[-1].rsplit("_secret", 1)[0]
        await shop.system.provider.change(intent, amount=pick_one(("50", "99", "2000"), pick))
    return None


async def expire_order(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """Nobody has paid the order for two days."""
    del pick
    await shop.system.outboxes.make_due("order", "ExpireOrder", str(order.id))
    return None


async def expire_payments(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """An hour passes: payments that nobody confirmed end, and then the coupons that they held."""
    del order, pick
    await shop.system.outboxes.make_due("payment", "ExpirePayment", "")
    if not shop.system.outboxes.holding:
        # The uses are held for longer than a payment lives, so whatever was paid in time has been heard of.
        await shop.system.outboxes.settle()
        pricing = shop.system.services["pricing"].database
        past = (
            "UPDATE coupon_uses SET reserved_until = reserved_until - $1::interval WHERE status = 'RESERVED'"
        )
        await pricing.execute(past, _HOUR)
    return None


async def check_payment(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """The order service asks for a payment whose notice did not come."""
    del pick
    await shop.system.outboxes.make_due("order", "CheckPayment", str(order.id))
    return None


async def check_refunds(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """The order service asks how far its refunds are."""
    del pick
    await shop.system.outboxes.make_due("order", "CarryRefund", str(order.id))
    return None


async def complete_later(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """Three days after the delivery nobody has complained."""
    del pick
    await shop.system.outboxes.make_due("order", "CompleteOrder", str(order.id))
    return None


async def age_quote(shop: Shop, order: OrderRef, pick: int) -> Answer:
    """The customer saw the prices two days ago."""
    del pick
    orders = shop.system.services["order"].database
    await orders.execute(
        "UPDATE orders SET quoted_at = quoted_at - interval '2 days' WHERE id = $1", order.id
    )
    return None


KITCHEN: dict[str, Command] = {each.__name__: each for each in (bake, finish_baking, delete_production)}
SHIPPING: dict[str, Command] = {
    each.__name__: each for each in (submit_shipment, drive_out, deliver, fail_delivery, give_up)
}
STRIPE: dict[str, Command] = {each.__name__: each for each in (refund_by_hand, cancel_by_hand, change_amount)}
CLOCK: dict[str, Command] = {
    each.__name__: each
    for each in (expire_order, expire_payments, check_payment, check_refunds, complete_later, age_quote)
}
