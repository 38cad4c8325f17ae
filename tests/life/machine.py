"""The state machine: hypothesis plays all actors, in any order."""

import asyncio
import time
from collections import Counter
from collections.abc import Coroutine
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.life.commands import ADMIN, CATALOGUE, CUSTOMER, SHOP_COMMANDS
from tests.life.late_calls import LATE
from tests.life.play import ALL, Story
from tests.life.staff import CLOCK, KITCHEN, SHIPPING, STRIPE
from tests.life.system import System

_Value = TypeVar("_Value")
ORDERS = 3
"""With so many orders the story goes on with them instead of making new ones."""
CONTESTED = 3
"""So many choices of coupons, after the first, have one that not all can use."""
PICKS = st.integers(0, 59)
WHICH = st.integers(0, ORDERS - 1)


class TimeIsOver(BaseException):
    """A story began after the end of the play. It is no ``Exception``, because hypothesis would take that for a finding."""


class Life(RuleBasedStateMachine):
    """All that may happen to a few orders.

    Attributes:
        runner: Runs the loop of the system while a step lasts; between steps nothing moves.
        system: All services.
        steps: Of all stories so far.
        done: Commands by name that were not refused, and states that orders came to.
        ends: From then on nothing is done any more and the play is over (``TimeIsOver``), in seconds of
            ``time.monotonic``.
    """

    runner: ClassVar[asyncio.Runner]
    system: ClassVar[System]
    steps: ClassVar[int] = 0
    ends: ClassVar[float] = float("inf")
    done: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.begun = time.monotonic()
        self.story = Story(self.system)
        self.failed = True

    def run(self, work: Coroutine[Any, Any, _Value]) -> _Value | None:
        """Do something, and let everything that runs go on meanwhile."""
        if time.monotonic() > self.ends:
            work.close()
            return None
        self.failed = True
        try:
            done = self.runner.run(work)
        except Exception as error:
            error.add_note("\n".join(["The story:", *self.story.told]))
            raise
        self.failed = False
        return done

    @initialize(
        picks=st.lists(PICKS, min_size=2, max_size=4), holding=st.booleans(), twice=st.booleans(), race=PICKS
    )
    def open_shop(self, picks: list[int], holding: bool, twice: bool, race: int) -> None:
        """Open the shop; somebody fills the cart and orders, somebody orders without a cart.

        In some stories every job runs and every webhook comes twice, and some begin with orders that all want the
        last use of a coupon.
        """

        async def begin() -> None:
            await self.story.shop.open()
            await self.story.outboxes.hold(holding=holding)
            await self.story.outboxes.double(twice=twice)
            for pick in picks:
                await self.story.act_in_shop("add_to_cart", pick)
            await self.story.act_in_shop("check_out", picks[0])
            await self.story.act_in_shop("order_directly", picks[1])
            if race % 2:
                await self.story.act_in_shop("order_directly", picks[0] + 1)
                await self.story.race(["set_details", "pay"], race // 2 % CONTESTED + 1)

        self.run(begin())

    @rule(name=st.sampled_from(sorted(SHOP_COMMANDS)), pick=PICKS)
    def shopping(self, name: str, pick: int) -> None:
        """Somebody does something with a cart."""
        if len(self.story.shop.orders) < ORDERS or name in ("add_to_cart", "change_cart"):
            self.run(self.story.act_in_shop(name, pick))

    @rule(name=st.sampled_from(sorted(CATALOGUE)), pick=PICKS)
    def catalogue(self, name: str, pick: int) -> None:
        """An admin changes what is sold, and for how much."""
        self.run(self.story.act_in_shop(name, pick))

    def _act(self, name: str, which: int, pick: int) -> None:
        self.run(self.story.act_on(which, name, pick))

    @rule(name=st.sampled_from(sorted(CUSTOMER)), which=WHICH, pick=PICKS)
    def customer(self, name: str, which: int, pick: int) -> None:
        """A customer does something with an order."""
        self._act(name, which, pick)

    @rule(name=st.sampled_from(sorted(ADMIN)), which=WHICH, pick=PICKS)
    def admin(self, name: str, which: int, pick: int) -> None:
        """An admin does something with an order."""
        self._act(name, which, pick)

    @rule(name=st.sampled_from(sorted({**KITCHEN, **SHIPPING})), which=WHICH, pick=PICKS)
    def staff(self, name: str, which: int, pick: int) -> None:
        """Somebody in the bakery or on the road does something with an order."""
        self._act(name, which, pick)

    @rule(name=st.sampled_from(sorted({**STRIPE, **CLOCK, **LATE})), which=WHICH, pick=PICKS)
    def outside(self, name: str, which: int, pick: int) -> None:
        """Something happens at Stripe, time passes, or a call of the order service arrives once more."""
        self._act(name, which, pick)

    @rule(which=WHICH, steps=st.integers(1, 6), pick=PICKS)
    def go_on(self, which: int, steps: int, pick: int) -> None:
        """Everybody does what comes next with an order."""
        order = self.story.order(which)
        if order is not None:
            self.run(self.story.go_on_with(order, steps, pick))

    @rule(
        commands=st.lists(st.tuples(st.sampled_from(sorted(ALL)), PICKS), min_size=2, max_size=3),
        which=WHICH,
    )
    def together(self, commands: list[tuple[str, int]], which: int) -> None:
        """Several people do something with one order at the same time."""
        order = self.story.order(which)
        if order is not None:
            self.run(self.story.together(commands, order))

    @rule(
        names=st.sampled_from((["set_details", "pay"], ["pay"], ["confirm"], ["refund"])),
        pick=st.integers(1, CONTESTED),
    )
    def race(self, names: list[str], pick: int) -> None:
        """All orders want the same at the same time: the last use of a coupon, for instance."""
        self.run(self.story.race(names, pick))

    @rule(commands=st.lists(st.tuples(st.sampled_from(sorted(SHOP_COMMANDS)), PICKS), min_size=2, max_size=2))
    def shopping_together(self, commands: list[tuple[str, int]]) -> None:
        """Two clicks at the same time."""
        if len(self.story.shop.orders) < ORDERS:
            self.run(self.story.together(commands, None))

    @rule(holding=st.booleans())
    def hold(self, holding: bool) -> None:
        """Hold back all jobs and webhooks from now on, or no more."""
        self.run(self.story.outboxes.hold(holding=holding))

    @rule(pick=PICKS)
    def run_one(self, pick: int) -> None:
        """One job or webhook that was held back comes through."""
        self.run(self.story.run_one(pick))

    @rule(pick=st.integers(0, 999))
    def repeat_one(self, pick: int) -> None:
        """A job runs or a webhook comes a second time."""
        self.run(self.story.repeat_one(pick))

    @rule()
    def quiet(self) -> None:
        """Everything comes to rest: all sides agree."""
        holding = self.story.outboxes.holding
        self.run(self.story.be_quiet())
        self.run(self.story.outboxes.hold(holding=holding))

    def teardown(self) -> None:
        """Bring all orders to an end, unless the story has failed before."""
        try:
            if not self.failed:
                self.run(self.story.end())
        finally:
            Life.steps += self.story.steps
            Life.done.update(self.story.done)
        # Not in __init__: hypothesis takes a story that draws less than one before for a flaky one.
        if self.begun > self.ends:
            raise TimeIsOver
