"""Every text in a body over REST is a name, a line or a text, and what is none is refused by its field."""

import httpx
import pytest
from bunmart_chassis.rest import LINE_RULE, NAME_RULE, TEXT_RULE

from tests.contract.bodies import ID, Document, unnumbered
from tests.contract.test_grpc import SERVICES
from tests.support import StartService, Tokens, problem

HIDDEN = ["a\u202eb", "a\x1bb", "a\u200bb", "\u2066"]
REFUSED = {
    TEXT_RULE: HIDDEN,
    LINE_RULE: [*HIDDEN, "a\nb", "a\tb"],
    NAME_RULE: [*HIDDEN, "a\nb", "a\tb", "evil.com", "see http://evil.example", "ada@example.com"],
}
TAKEN = {
    TEXT_RULE: "Zo\u00eb \U0001f469\u200d\U0001f373\nevil.com",
    LINE_RULE: "Zo\u00eb \U0001f469\u200d\U0001f373 evil.com",
    NAME_RULE: "Zo\u00eb \U0001f469\u200d\U0001f373",
}
FORMS = {
    "code",
    "country",
    "coupon_codes[0]",
    "device_token",
    "email",
    "new_password",
    "old_password",
    "password",
    "phone",
    "refresh_token",
    "token",
    "url",
}
"""Fields that nobody reads as words; each has a rule of its own."""


def _rule(told: str) -> str | None:
    return next((rule for rule in (NAME_RULE, LINE_RULE, TEXT_RULE) if rule in told), None)


async def _refused(
    http: httpx.AsyncClient, auth: dict[str, str], call: tuple[str, str], body: object
) -> list[str]:
    """The fields that are refused."""
    method, path = call
    answer = await http.request(method, path, json=body, headers=auth)
    if answer.status_code != 400:
        return []
    return [unnumbered(each["field"]) for each in problem(answer)["errors"]]


@pytest.mark.parametrize("name", SERVICES)
async def test_every_text_is_what_its_description_says(
    start_service: StartService, tokens: Tokens, name: str
) -> None:
    service = await start_service(name)
    document = Document((await service.http.get("/schema/openapi.json")).json())
    auth = tokens.auth("admin", ID)
    wrong: list[object] = []
    seen = 0

    for method, path, schema in document.bodies():
        call = method, path.format_map(_Ids())
        for field, told in document.strings(schema):
            if field.rpartition(".")[2] in FORMS:
                continue
            rule = _rule(told)
            if rule is None:
                wrong.append((method, path, field, "has no rule in its description"))
                continue
            seen += 1
            for text in REFUSED[rule]:
                body = document.example(schema, having=field, text=text)
                fields = await _refused(service.http, auth, call, body)
                if fields != [unnumbered(field)]:
                    wrong.append((method, path, field, text, fields))
            body = document.example(schema, having=field, text=TAKEN[rule])
            if unnumbered(field) in await _refused(service.http, auth, call, body):
                wrong.append((method, path, field, "is refused with words that people write"))

    assert not wrong, "\n".join(map(repr, wrong))
    assert seen


class _Ids(dict[str, str]):
    """Fills every parameter of a path."""

    def __missing__(self, _: str) -> str:
        return ID
