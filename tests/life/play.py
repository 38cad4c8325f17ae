"""One story: commands and reports one after the other, and what is checked after each."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from http import HTTPStatus

from tests.life import invariants
from tests.life.cart_counts import cart_problems
from tests.life.commands import (
    ADMIN,
    CATALOGUE,
    CUSTOMER,
    SHOP_COMMANDS,
    Answer,
    Command,
    admin_cancel,
    set_details,
)
from tests.life.journey import next_commands
from tests.life.late_calls import LATE
from tests.life.picture import Picture, look_at
from tests.life.shop import OrderRef, Shop, pick_one
from tests.life.staff import CLOCK, KITCHEN, SHIPPING, STRIPE
from tests.life.system import System
from tests.life.vouchers import voucher_problems

ALL: dict[str, Command] = {**CUSTOMER, **ADMIN, **KITCHEN, **SHIPPING, **STRIPE, **LATE}
"""The commands about an order that may be given at the same time."""
REFUSED = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT})
MONEY_BACK = frozenset(
    {"cancel", "admin_cancel", "refund", "refund_payment", "refund_by_hand", "expire_order"}
)
"""What somebody has to ask for before an order may end, or money of it may go back."""
MAY_BE_BAD = frozenset({"refund", "refund_payment"})
"""Commands that name what an order may not have; 400 for any other one is a mistake of this test."""
LOOK_EVERY = 3
"""Every so many commands the rows of all services are compared after a refusal."""
MAY_CHANGE = frozenset({"pay"})
"""Commands whose refusal may leave rows: Pay reserves and opens a payment before it is refused."""
FURTHEST = 15
"""More steps than any order needs to its end."""
STRAIGHT = 20
"""The number with which each command does the usual thing: the newest payment, a good card, no repeated key."""


class Story:
    """A shop, and what happens in it.

    Attributes:
        steps: Commands, reports and deliveries so far.
        told: What was done, for the reader of a failure.
        done: Commands by name that were not refused, and states that orders came to.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self.outboxes = system.outboxes
        self.shop = Shop(system)
        self.steps = 0
        self.told: list[str] = []
        self.done: Counter[str] = Counter()

    def order(self, pick: int) -> OrderRef | None:
        """Choose one of the orders; None while there is none."""
        return pick_one(self.shop.orders, pick) if self.shop.orders else None

    async def act_on(self, which: int, name: str, pick: int) -> None:
        """Give one command about one of the orders."""
        order = self.order(which)
        if order is not None:
            await self.act({**ALL, **CLOCK}[name], order, pick)

    async def act(self, command: Command, order: OrderRef, pick: int) -> None:
        """Give one command, while nothing else happens."""
        await self._alone(command.__name__, command(self.shop, order, pick), order)

    async def act_in_shop(self, name: str, pick: int) -> None:
        """Give one command that is about no order."""
        command = {**SHOP_COMMANDS, **CATALOGUE}[name]
        await self._alone(name, command(self.shop, pick))

    async def _alone(self, name: str, command: Awaitable[Answer], order: OrderRef | None = None) -> None:
        looks = self.steps % LOOK_EVERY == 0
        before = await self.system.tables.rows() if looks else Counter()
        answer = await command
        self._check(name, answer, order)
        if looks and answer is not None and not answer.is_success and name not in MAY_CHANGE:
            after = await self.system.tables.rows()
            assert after == before, (
                f"{name} was refused ({answer.text}), and yet it changed:\n"
                + "\n".join(f"- {row}" for row in before - after)
                + "\n".join(f"+ {row}" for row in after - before)
            )
        await self._go_on()

    async def together(self, commands: list[tuple[str, int]], order: OrderRef | None) -> None:
        """Give several commands at the same time, each with its number, those about an order to this one."""
        started = [
            SHOP_COMMANDS[name](self.shop, pick) if order is None else ALL[name](self.shop, order, pick)
            for name, pick in commands
        ]
        answers = await asyncio.gather(*started)
        for (name, _), answer in zip(commands, answers, strict=True):
            self._check(name, answer, order)
        await self._go_on()

    async def race(self, names: list[str], pick: int) -> None:
        """Give each command for all orders at the same time, one command after the other."""
        for name in names:
            orders = list(self.shop.orders)
            answers = await asyncio.gather(*(ALL[name](self.shop, order, pick) for order in orders))
            for answer, order in zip(answers, orders, strict=True):
                self._check(name, answer, order)
        await self._go_on()

    def _check(self, name: str, answer: Answer, order: OrderRef | None) -> None:
        self.steps += 1
        if order is not None and name in MONEY_BACK and (answer is None or answer.is_success):
            order.may_end = True
        self.told.append(name if answer is None or answer.is_success else f"{name}: {answer.text[:300]}")
        self.done[name] += answer is None or answer.is_success
        if answer is not None:
            refused = answer.status_code in REFUSED
            refused |= answer.status_code == HTTPStatus.BAD_REQUEST and name in MAY_BE_BAD
            assert answer.is_success or refused, f"{name}: {answer.text}"

    async def _go_on(self) -> None:
        if not self.outboxes.holding:
            await self.outboxes.settle()

    async def run_one(self, pick: int) -> None:
        """Let one job or webhook go that is held back."""
        waiting = await self.outboxes.held()
        webhooks = self.outboxes.webhooks()
        if waiting or webhooks:
            self.steps += 1
            number = pick % (len(waiting) + len(webhooks))
            if number < len(waiting):
                self.told.append(f"run {waiting[number]}")
                await self.outboxes.release(waiting[number])
            else:
                self.told.append("deliver a webhook")
                await self.outboxes.deliver(webhooks[number - len(waiting)])

    async def repeat_one(self, pick: int) -> None:
        """Run a job or deliver a webhook a second time, however long ago the first was."""
        self.steps += 1
        if pick % 4 == 0:
            self.told.append("deliver a webhook again")
            await self.outboxes.deliver_again(pick // 4)
        elif past := await self.outboxes.past():
            self.told.append(f"run {pick_one(past, pick // 4)} again")
            await self.outboxes.repeat(pick_one(past, pick // 4))

    async def go_on_with(self, order: OrderRef, steps: int, pick: int) -> None:
        """Do what comes next with an order, so many times; the number chooses the coupons."""
        for _ in range(steps):
            commands = next_commands(await look_at(self.system, order.id))
            if not commands:
                return
            for command in commands:
                await self.act(command, order, pick if command is set_details else STRAIGHT)

    async def be_quiet(self) -> list[Picture]:
        """Let everything come to rest, and check all orders."""
        await self.outboxes.settle()
        pictures = [await look_at(self.system, order.id) for order in self.shop.orders]
        problems = [
            f"{problem}\n  {picture}" for picture in pictures for problem in invariants.problems_of(picture)
        ]
        problems += [
            f"{problem}\n  {picture}"
            for picture, order in zip(pictures, self.shop.orders, strict=True)
            if not order.may_end
            for problem in invariants.unasked_problems_of(picture)
        ]
        problems += await voucher_problems(self.system, pictures)
        problems += await cart_problems(self.shop, pictures)
        assert not problems, "\n".join(problems)
        return pictures

    async def end(self) -> None:
        """Bring every order to a final state by commands that are allowed; calls that come later change nothing."""
        for picture, order in zip(await self.be_quiet(), self.shop.orders, strict=True):
            status = picture.status
            for _ in range(FURTHEST):
                if status in invariants.FINAL:
                    break
                await self.go_on_with(order, 1, 0)
                await self.outboxes.settle()
                before, status = status, (await look_at(self.system, order.id)).status
                if status == before == "pending":
                    # Nobody can buy it any more, or not with these coupons.
                    await self.act(admin_cancel, order, 0)
            if status not in invariants.FINAL:
                raise AssertionError(f"The order comes to no end.\n  {await look_at(self.system, order.id)}")
        for order in self.shop.orders:
            for command in LATE.values():
                await self.act(command, order, 0)
        for picture in await self.be_quiet():
            self.done.update(picture.states)
            self.done["refund"] += len(picture.payment_refunds)
