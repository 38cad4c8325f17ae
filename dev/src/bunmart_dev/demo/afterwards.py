"""The steps after a delivery: review, rating, notifications, and the rest of the cart."""

from typing import Any

from bunmart_dev.demo.story import Step, Story

_RECEIPTS = 2
"""The receipt as PDF and as HTML."""
_STARS = 5
_ANNOUNCED = ("paid", "production", "prepared", "packed", "shipping", "shipped", "completed")
"""States of the order that its customer is told about."""
_ROUNDING = 0.051


async def afterwards(story: Story) -> None:
    """Review a product, see its rating, read the notifications, find the third product in the cart."""
    await _review(story)
    async with story.step("customer", "reads the notifications", leaves="completed") as step:
        await _read_notifications(story, step)
    async with story.step("customer", "finds the third product in the cart", leaves="completed") as step:
        cart = await step.call("GET", f"/api/carts/user/{story.customer.user_id}", story.customer)
        held = [(item["product_id"], item["quantity"]) for item in cart["items"]]
        wanted = [(story.kept.product_id, story.kept.quantity)] if story.kept else []
        step.check(held == wanted, f"the cart must still hold what was not ordered, but holds {held}")


async def _review(story: Story) -> None:
    product = story.ordered[0]
    async with story.step("customer", f"reviews {product.name}", leaves="completed") as step:
        body = {"product_id": product.product_id, "rating": _STARS, "comment": "Gone before it was cold."}
        review = await step.call("POST", "/api/reviews", story.customer, json=body, expect=201)
        step.check(review["status"].upper() == "PUBLISHED", f"the review is {review['status']}")
    async with story.step("customer", "sees the rating on the product page", leaves="completed") as step:
        view = await step.view(f"/api/views/products/{product.product_id}", story.customer)
        shown = [each["review_id"] for each in view["reviews"]["items"]]
        step.check(review["review_id"] in shown, "the review must be on the page")
        _check_rating(step, story.rating, view["rating"])


def _check_rating(step: Step, before: dict[str, Any], after: dict[str, Any]) -> None:
    # Other customers may review at the same time.
    step.check(after["total_count"] > before["total_count"], f"the rating does not count the review: {after}")
    if after["total_count"] == before["total_count"] + 1:
        average = (before["average_rating"] * before["total_count"] + _STARS) / after["total_count"]
        step.check(
            abs(after["average_rating"] - average) < _ROUNDING,
            f"the average must be {average:.2f}, but is {after['average_rating']}",
        )


async def _read_notifications(story: Story, step: Step) -> None:
    path = "/api/notifications?page_size=100"
    wanted = {f"order_{status}" for status in _ANNOUNCED}

    def complete(page: dict[str, Any]) -> bool:
        return wanted <= {
            each["template_id"] for each in page["items"] if each["reference_id"] == story.order_id
        }

    await step.until("the customer was told about every state of the order", path, story.customer, complete)
    page = await step.call("GET", path, story.customer)
    attached = {each["template_id"]: each["attachments"] for each in page["items"]}
    step.check(attached["order_paid"] == _RECEIPTS, "the mail of the paid order must carry the receipt")
    for each in page["items"]:
        body = await step.call("POST", f"/api/notifications/{each['notification_id']}/read", story.customer)
        step.check(body["read_at"] is not None, f"{each['subject']!r} must be read now")
    rest = await step.call("GET", "/api/notifications?unread=true", story.customer)
    seen = {each["notification_id"] for each in page["items"]}
    step.check(
        not seen & {each["notification_id"] for each in rest["items"]}, "what was read must not be unread"
    )
