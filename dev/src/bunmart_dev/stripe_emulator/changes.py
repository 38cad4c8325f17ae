"""The changes of one operation, gathered before they are written in one transaction."""

import msgspec

from bunmart_dev.stripe_emulator.errors import CardError
from bunmart_dev.stripe_emulator.objects import StripeObject


class Changes:
    """The objects to store, the events to announce, and the decline to answer with."""

    def __init__(self) -> None:
        self.objects: dict[str, StripeObject] = {}
        self.events: list[tuple[str, msgspec.Raw]] = []
        self.error: CardError | None = None
        """A decline changes the intent and still answers with an error."""

    def save(self, thing: StripeObject) -> None:
        """Store the object as it is when the operation ends."""
        self.objects[thing.id] = thing

    def announce(self, event_type: str, thing: StripeObject) -> None:
        """Store the object, and an event with the object as it is now."""
        self.save(thing)
        self.events.append((event_type, msgspec.Raw(msgspec.json.encode(thing))))
