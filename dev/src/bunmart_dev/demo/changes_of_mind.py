"""The steps of a second thought: a receipt, a coupon that runs out, two orders that are cancelled."""

import secrets
from typing import Any

from bunmart_dev.demo.paying import GOOD_CARD, confirm
from bunmart_dev.demo.story import Step, Story

_CONFLICT = 409


async def changes_of_mind(story: Story) -> None:
    """Read the receipt; order with a coupon for one use; cancel an unpaid order and a paid one."""
    await _receipt(story)
    coupon = await _new_coupon(story)
    paid = await _pay_after_a_change(story, coupon)
    await _coupon_runs_out(story, coupon["code"])
    await _cancel_paid(story, paid)


async def _receipt(story: Story) -> None:
    async with story.step("customer", "reads the receipt, as a page and as PDF", leaves="completed") as step:
        order = await step.call("GET", story.order_path, story.customer)
        page = _text(await step.call("GET", f"{story.order_path}/receipt", story.customer))
        step.check(order["order_number"] in page, f"the receipt must name {order['order_number']}")
        await step.call("GET", f"{story.order_path}/receipt?format=pdf", story.customer)
        step.check(step.requests[-1].content_type.startswith("application/pdf"), "the receipt must be a PDF")


def _text(body: Any) -> str:
    return body.decode() if isinstance(body, bytes) else str(body)


async def _new_coupon(story: Story) -> dict[str, Any]:
    async with story.step("admin", "makes a coupon for one use", leaves="completed") as step:
        body = {
            "code": f"ONCE{secrets.token_hex(4).upper()}",
            "type": "PERCENT",
            "value": "20",
            "limit_total": 1,
        }
        coupon: dict[str, Any] = await step.call("POST", "/api/coupons", story.admin, json=body, expect=201)
    return coupon


async def _order(story: Story, step: Step, coupon: str) -> dict[str, Any]:
    """Order one piece of the first product of the story, with the coupon."""
    items = [{"product_id": story.ordered[0].product_id, "quantity": 1}]
    order = await step.call("POST", "/api/orders", story.customer, json={"items": items}, expect=201)
    return await _set_details(story, step, order["order_id"], coupon)


async def _set_details(
    story: Story, step: Step, order_id: str, coupon: str, *, expect: int = 200
) -> dict[str, Any]:
    body = {"address_id": story.address_id, "coupon_codes": [coupon]}
    path = f"/api/orders/{order_id}/details"
    answer: dict[str, Any] = await step.call("PUT", path, story.customer, json=body, expect=expect)
    return answer


async def _pay_after_a_change(story: Story, coupon: dict[str, Any]) -> dict[str, Any]:
    async with story.step("customer", "orders one more piece with that coupon", leaves="completed") as step:
        quoted = await _order(story, step, coupon["code"])
    path = f"/api/orders/{quoted['order_id']}"
    async with story.step("admin", "halves what the coupon takes off", leaves="completed") as step:
        own = ("coupon_id", "created_at", "updated_at")
        changed = {name: value for name, value in coupon.items() if name not in own} | {"value": "10"}
        await step.call("PUT", f"/api/coupons/{coupon['coupon_id']}", story.admin, json=changed)
    async with story.step(
        "customer", "presses Pay, and is told the new total first", leaves="completed"
    ) as step:
        refused = await step.call("POST", f"{path}/request-payment", story.customer, expect=_CONFLICT)
        step.check(refused["code"] == "QUOTE_CHANGED", f"the price changed, but the answer is {refused}")
        order = await _set_details(story, step, quoted["order_id"], coupon["code"])
        step.check(
            order["total"] != quoted["total"], f"the total must be another one, but is {order['total']}"
        )
    async with story.step("customer", "agrees, and pays", webhook=True, leaves="completed") as step:
        page = await step.call("POST", f"{path}/request-payment", story.customer)
        config = await step.call("GET", "/api/payments/config", story.customer)
        await confirm(step, {**page, **config}, GOOD_CARD)
        await step.until("the order is paid", path, story.customer, lambda seen: seen["status"] == "paid")
    return order


async def _coupon_runs_out(story: Story, coupon: str) -> None:
    async with story.step(
        "customer", "checks out the rest of the cart, and the coupon is used up", leaves="completed"
    ) as step:
        answer = await step.call("POST", "/api/carts/checkout", story.customer, expect=201)
        refused = await _set_details(story, step, answer["order_id"], coupon, expect=_CONFLICT)
        step.check(
            refused["code"] == "COUPON_NOT_USABLE", f"the coupon had one use, but the answer is {refused}"
        )
    async with story.step(
        "customer", "cancels that order, and has the cart back", leaves="completed"
    ) as step:
        path = f"/api/orders/{answer['order_id']}"
        await step.call("POST", f"{path}/cancel", story.customer, json={"reason": "No discount."})
        kept = {story.kept.product_id: story.kept.quantity} if story.kept else {}
        await step.until(
            "what was not paid is in the cart again",
            f"/api/carts/user/{story.customer.user_id}",
            story.customer,
            lambda cart: {item["product_id"]: item["quantity"] for item in cart["items"]} == kept,
        )


async def _cancel_paid(story: Story, order: dict[str, Any]) -> None:
    path = f"/api/orders/{order['order_id']}"
    async with story.step("admin", "presses Produce for the paid order", leaves="completed") as step:
        job = await step.call("POST", f"{path}/produce", story.admin)
    async with story.step(
        "admin", "cancels it: the kitchen stops, the money goes back", webhook=True, leaves="completed"
    ) as step:
        await step.call("POST", f"{path}/cancel", story.admin, json={"reason": "The oven is broken."})
        await step.until(
            "the kitchen bakes it no more",
            f"/api/production-orders/{job['production_order_id']}",
            story.admin,
            lambda seen: seen["phase"] == "CANCELLED",
        )
        await step.until(
            "all of the money was given back",
            path,
            story.customer,
            lambda seen: (seen["status"], seen["refunded_total"]) == ("cancelled", order["total"]),
        )
        await _credit_note(story, step, path)


async def _credit_note(story: Story, step: Step, path: str) -> None:
    refunds = await step.until(
        "the refund has a credit note",
        f"{path}/refunds",
        story.customer,
        lambda seen: all(each["credit_note_number"] for each in seen),
    )
    note = f"{path}/refunds/{refunds[0]['refund_id']}/credit-note"
    number = refunds[0]["credit_note_number"]
    step.check(number in _text(await step.call("GET", note, story.customer)), f"the note must name {number}")
