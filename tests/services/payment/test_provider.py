"""Emulators that serve one after the other over the same application share nothing."""

from tests.support.stripe import API_KEY, Provider, open_provider


async def create_intent(provider: Provider) -> None:
    await provider.http.post(
        "/v1/payment_intents",
        data={"amount": "500", "currency": "eur"},
        headers={"authorization": f"Bearer {API_KEY}"},
    )


async def test_an_emulator_has_nothing_of_the_one_before() -> None:
    async with open_provider(0) as first:
        await create_intent(first)
        assert len(await first.intents()) == 1
        first.faults(fail_next_requests=1)
    async with open_provider(0) as second:
        assert await second.intents() == []
        assert await second.events() == []


async def test_two_emulators_at_once_do_not_see_each_other() -> None:
    async with open_provider(0) as one, open_provider(0) as other:
        await create_intent(one)
        assert (len(await one.intents()), await other.intents()) == (1, [])
