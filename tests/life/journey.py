"""The way of an order from its first price to its end, as people go it."""

from tests.life.commands import Command, complete, confirm, pack, pay, produce, request_shipping, set_details
from tests.life.picture import Picture
from tests.life.staff import bake, deliver, drive_out, finish_baking, submit_shipment


def next_commands(picture: Picture) -> list[Command]:
    """Return what people do next to bring an order forward; nothing when it has come to its end."""
    production = picture.production and picture.production["phase"]
    shipment = picture.shipment and picture.shipment["status"]
    packed: list[Command] = [submit_shipment] if shipment in ("PENDING", "ASSIGNED") else [request_shipping]
    steps: dict[str, list[Command]] = {
        "pending": [set_details, pay, confirm],
        "paid": [produce],
        "production": [finish_baking] if production == "BAKING" else [bake, finish_baking],
        "prepared": [pack],
        "packed": packed,
        "shipping": [drive_out] if shipment in ("ASSIGNED", "FAILED") else [deliver],
        "shipped": [complete],
    }
    return steps.get(picture.status, [])
