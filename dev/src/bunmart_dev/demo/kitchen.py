"""The steps from the paid to the packed order, in the kitchen."""

from bunmart_dev.demo.picture import loaf
from bunmart_dev.demo.shopping import NOTE
from bunmart_dev.demo.story import Story

_BAKING_PERCENT = 70


async def kitchen(story: Story) -> None:
    """Produce, prepare, bake, show a picture, finish, pack."""
    await _produce(story)
    await _prepare(story)
    await _bake(story)
    await _finish(story)


async def _produce(story: Story) -> None:
    async with story.step("admin", "logs in and sees the paid orders", leaves="paid") as step:
        await story.log_in(step, "admin", story.logins["admin"])
        paid = await step.call("GET", "/api/orders?status=paid&page_size=100", story.admin)
        step.check(
            story.order_id in {order["order_id"] for order in paid["items"]},
            "the order must be among the paid ones",
        )
    async with story.step("admin", "presses Produce", leaves="production") as step:
        answer = await step.call("POST", f"{story.order_path}/produce", story.admin)
        story.production_order_id = answer["production_order_id"]


async def _prepare(story: Story) -> None:
    job = f"/api/production-orders/{story.production_order_id}"
    title = "logs in, opens the job and begins to prepare"
    async with story.step("kitchen", title, leaves="production") as step:
        cook = await story.log_in(step, "kitchen", story.logins["kitchen"])
        opened = await step.call("GET", job, cook)
        wanted = {product.product_id: product.quantity for product in story.ordered}
        step.check(
            {line["product_id"]: line["quantity"] for line in opened["lines"]} == wanted,
            f"the job must be what was ordered, but is {opened['lines']}",
        )
        step.check(opened["order_note"] == NOTE, f"the job must have the customer's note, but is {opened}")
        step.check(
            all(line["name"] and line["allergens"] for line in opened["lines"]),
            f"the job must have names and allergens as sold, but has {opened['lines']}",
        )
        body = {"phase": "PREPARING", "progress_percent": 25, "notes": "Dough is resting."}
        state = await step.call("PUT", f"{job}/phase", cook, json=body)
        step.check((state["phase"], state["progress_percent"]) == ("PREPARING", 25), f"the job says {state}")


async def _bake(story: Story) -> None:
    job = f"/api/production-orders/{story.production_order_id}"
    cook = story.people["kitchen"]
    async with story.step("kitchen", "bakes, and uploads a picture", leaves="production") as step:
        body = {"phase": "BAKING", "progress_percent": _BAKING_PERCENT}
        await step.call("PUT", f"{job}/phase", cook, json=body)
        png = {"content-type": "image/png"}
        image = await step.call("POST", f"{job}/images", cook, content=loaf(), headers=png, expect=201)
    async with story.step("customer", "watches the progress", leaves="production") as step:
        view = await step.view(f"/api/views/orders/{story.order_id}", story.customer)
        seen = view["kitchen"]
        step.check(
            (seen["phase"], seen["progress_percent"]) == ("BAKING", _BAKING_PERCENT),
            f"the kitchen is BAKING at {_BAKING_PERCENT} %, but the page says {seen}",
        )
        step.check(
            seen["preparation_image_urls"] == [image["url"]],
            f"the page must show the picture, but shows {seen['preparation_image_urls']}",
        )
        picture = await step.call("GET", image["url"])
        step.check(picture == loaf(), "the picture must be the one that was uploaded")


async def _finish(story: Story) -> None:
    job = f"/api/production-orders/{story.production_order_id}"
    async with story.step("admin", "sets the kitchen job finished", leaves="prepared") as step:
        done = await step.call("PUT", f"{job}/phase", story.admin, json={"phase": "COMPLETED"})
        step.check(done["progress_percent"] == 100, "a completed job is at 100 %")  # noqa: PLR2004
        await step.until(
            "the kitchen has told the order, which is prepared",
            story.order_path,
            story.admin,
            lambda order: order["status"] == "prepared",
        )
    async with story.step("admin", "packs the order", leaves="packed") as step:
        await step.call("PUT", f"{story.order_path}/status", story.admin, json={"status": "packed"})
