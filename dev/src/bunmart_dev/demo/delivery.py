"""The steps from the packed to the completed order, with a driver."""

import secrets
from datetime import UTC, datetime, timedelta

from bunmart_dev.demo.story import Story


async def delivery(story: Story) -> None:
    """Request shipping, assign driver and vehicle, drive, deliver, complete."""
    await _request(story)
    await _submit(story)
    await _drive(story)
    async with story.step("admin", "completes the order", leaves="completed") as step:
        await step.call("PUT", f"{story.order_path}/status", story.admin, json={"status": "completed"})


async def _request(story: Story) -> None:
    async with story.step("admin", "presses Shipped", leaves="packed") as step:
        answer = await step.call("POST", f"{story.order_path}/request-shipping", story.admin)
        story.shipment_id = answer["shipment_id"]
        shipment = await step.call("GET", f"/api/shipments/{story.shipment_id}", story.admin)
        step.check(
            (shipment["order_id"], shipment["status"]) == (story.order_id, "PENDING"),
            f"the shipment must wait for its details, but is {shipment['status']}",
        )


async def _submit(story: Story) -> None:
    async with story.step("driver", "logs in", leaves="packed") as step:
        driver = await story.log_in(step, "driver", story.logins["driver"])
    title = "fills in driver, vehicle and tracking number"
    async with story.step("admin", title, leaves="shipping") as step:
        drivers = await step.call("GET", "/api/drivers?page_size=100", story.admin)
        vehicles = await step.call("GET", "/api/vehicles?page_size=100", story.admin)
        mine = [each for each in drivers["items"] if each["user_id"] == driver.user_id]
        step.check(bool(mine and vehicles["items"]), "there must be a driver and a vehicle")
        story.tracking_number = f"DEMO-{secrets.token_hex(6).upper()}"
        body = {
            "driver_id": mine[0]["driver_id"],
            "vehicle_id": vehicles["items"][0]["vehicle_id"],
            "tracking_number": story.tracking_number,
            "estimated_delivery": (datetime.now(UTC) + timedelta(hours=3)).isoformat(timespec="seconds"),
        }
        shipment = await step.call("PUT", f"/api/shipments/{story.shipment_id}", story.admin, json=body)
        step.check(shipment["status"] == "ASSIGNED", f"the shipment is {shipment['status']}")
        await step.until(
            "shipping has told the order, which is shipping",
            story.order_path,
            story.admin,
            lambda order: order["status"] == "shipping",
        )


async def _drive(story: Story) -> None:
    driver, path = story.people["driver"], f"/api/shipments/{story.shipment_id}/status"
    async with story.step("driver", "is out for delivery", leaves="shipping") as step:
        shipment = await step.call("PUT", path, driver, json={"status": "OUT_FOR_DELIVERY"})
        step.check(shipment["status"] == "OUT_FOR_DELIVERY", f"the shipment is {shipment['status']}")
    async with story.step("customer", "tracks the parcel", leaves="shipping") as step:
        seen = await step.call("GET", f"/api/shipments/order/{story.order_id}", story.customer)
        step.check(
            (seen["status"], seen["tracking_number"]) == ("OUT_FOR_DELIVERY", story.tracking_number),
            f"the parcel {story.tracking_number} is on the road, but the customer sees {seen}",
        )
    async with story.step("driver", "delivers", leaves="shipped") as step:
        await step.call("PUT", path, driver, json={"status": "DELIVERED"})
        await step.until(
            "shipping has told the order, which is shipped",
            story.order_path,
            story.admin,
            lambda order: order["status"] == "shipped",
        )
