"""The limits of what strangers may try, counted so that they hit the attacker and not the owner.

A wrong password counts for the network that it came from, for the account, and for both together. A known
device of the owner has a counter of its own instead, so nobody else can use up its tries, and the link of a
mail is not counted at all. So however many wrong passwords strangers send, the owner can get in.
"""

import enum
import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from bunmart_chassis.errors import ResourceExhaustedError

WINDOW = timedelta(minutes=10)
"""Tries are counted from the first one on for so long, then from zero again."""


class Limit(enum.Enum):
    """A counter and the number of tries that it allows within ``WINDOW``."""

    PAIR = ("account and network", 10)
    NETWORK = ("network", 100)
    ACCOUNT = ("account", 100)
    DEVICE = ("device", 10)
    SIGN_UP = ("sign-up", 100)
    RESET = ("reset", 30)

    @property
    def most(self) -> int:
        """The number of tries that it allows."""
        return self.value[1]


class Counter(msgspec.Struct, frozen=True, order=True):
    """A counter: a digest of whom it counts, because the addresses of people need not be stored for it."""

    key: bytes
    most: int


class Attempts(msgspec.Struct):
    """The tries that were counted since ``started_at``."""

    key: bytes
    tries: int
    started_at: datetime


def counter(limit: Limit, *subjects: object) -> Counter:
    """Return the counter of a limit for an account, a network, or both."""
    text = "\n".join((limit.value[0], *(str(each) for each in subjects)))
    return Counter(hashlib.blake2b(text.encode(), digest_size=16).digest(), limit.most)


def login_counters(email: str, network: str, device: UUID | None) -> list[Counter]:
    """Return the counters of a wrong password, in the one order in which they are locked."""
    if device is not None:
        return [counter(Limit.DEVICE, device)]
    return sorted(
        [
            counter(Limit.PAIR, email, network),
            counter(Limit.NETWORK, network),
            counter(Limit.ACCOUNT, email),
        ]
    )


def require_tries_left(counters: Iterable[Counter], counted: Sequence[Attempts], now: datetime) -> None:
    """Refuse a try when a counter is used up.

    Args:
        counters: Those of the try.
        counted: What stands on them; this try is not among it.
        now: The time of the try.

    Raises:
        ResourceExhaustedError: There were too many (TOO_MANY_ATTEMPTS, 429); it says when the next is
            possible.
    """
    most = {each.key: each.most for each in counters}
    full = [each for each in counted if each.tries >= most[each.key] and each.started_at > now - WINDOW]
    if not full:
        return
    wait = max(each.started_at for each in full) + WINDOW - now
    seconds = int(wait.total_seconds()) + 1
    raise ResourceExhaustedError(
        "Too many attempts; wait a few minutes. A forgotten password can be reset.",
        code="TOO_MANY_ATTEMPTS",
        metadata={"retry_after_seconds": str(seconds)},
        retry_seconds=seconds,
    )
