"""Every text in a request over gRPC is a name, a line or a text, and what is none is refused by its field."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from bunmart_chassis.rest import LINE_RULE, NAME_RULE, TEXT_RULE
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from tests.contract.bodies import ID, unnumbered
from tests.contract.test_grpc import SERVICES, methods_of
from tests.contract.test_words_rest import REFUSED, TAKEN
from tests.support import RpcError, ServiceHarness, StartService, rpc_error

RULES = {
    "allergens": LINE_RULE,
    "attention": TEXT_RULE,
    "carrier": LINE_RULE,
    "city": LINE_RULE,
    "line1": LINE_RULE,
    "line2": LINE_RULE,
    "metadata": TEXT_RULE,
    "name": NAME_RULE,
    "note": TEXT_RULE,
    "notes": TEXT_RULE,
    "order_name": LINE_RULE,
    "order_number": LINE_RULE,
    "postal_code": LINE_RULE,
    "reason": TEXT_RULE,
    "recipient": NAME_RULE,
    "reference_id": LINE_RULE,
    "reference_type": LINE_RULE,
    "state": LINE_RULE,
    "subject": LINE_RULE,
    "template_data": TEXT_RULE,
    "unit": LINE_RULE,
}
FORMS = {
    "amount": "1.00",
    "channel": "EMAIL",
    "content_type": "application/pdf",
    "country": "DE",
    "coupon_code": "BUN-1",
    "coupon_codes": "BUN-1",
    "currency_code": "EUR",
    "expected_total": "1.00",
    "expected_tax_total": "1.00",
    "filename": "a.pdf",
    "outcome": "USED",
    "page_token": "",
    "phase": "BAKING",
    "phone": "+4930123456",
    "preparation_image_urls": "https://example.org/a.png",
    "refunded_total": "1.00",
    "session_id": "s" * 32,
    "status": "SUCCEEDED",
    "template_id": "order_paid",
}
"""Fields that nobody reads as words, with a value that fits; ids are ids."""


def _value(name: str) -> Any:
    if name.endswith(("_id", "_ids")) and name not in FORMS:
        return ID
    return FORMS.get(name, "words")


def _fill(message: Message, descriptor: Descriptor | None, at: str, having: str, text: str) -> None:
    """Fill all fields with what fits, and with ``text`` at the place ``having``."""
    assert descriptor is not None
    for field in descriptor.fields:
        place = f"{at}{field.name}"
        target = getattr(message, field.name)
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            target["x"] = text if place == having else "words"
        elif field.message_type is not None and field.message_type.full_name.startswith("google."):
            time: Any = target.add() if field.is_repeated else target
            time.seconds = 1_900_000_000
        elif field.message_type is not None:
            nested = target.add() if field.is_repeated else target
            nested.SetInParent()
            _fill(nested, field.message_type, f"{place}.", having, text)
        elif field.type == FieldDescriptor.TYPE_STRING:
            value = text if place == having else _value(field.name)
            target.append(value) if field.is_repeated else setattr(message, field.name, value)
        elif field.type != FieldDescriptor.TYPE_BYTES and not field.is_repeated:
            setattr(message, field.name, 1)


def _texts(descriptor: Descriptor | None, at: str = "") -> Iterator[tuple[str, str]]:
    """Yield place and name of every string that is no id and has no form of its own."""
    assert descriptor is not None
    for field in descriptor.fields:
        kind = field.message_type
        if kind is not None and not kind.GetOptions().map_entry:
            if not kind.full_name.startswith("google."):
                yield from _texts(kind, f"{at}{field.name}.")
        elif kind is not None or field.type == FieldDescriptor.TYPE_STRING:
            form = field.name in FORMS or field.name.endswith(("_id", "_ids"))
            if field.name in RULES or not form:
                yield f"{at}{field.name}", field.name


async def _refusal(
    service: ServiceHarness, method: MethodDescriptor, place: str, text: str
) -> RpcError | None:
    """The refusal of a request with a text in a place; None when it is answered."""
    request = message_factory.GetMessageClass(method.input_type)()
    _fill(request, method.input_type, "", place, text)
    call: grpc.aio.UnaryUnaryMultiCallable[Message, bytes] = service.channel.unary_unary(
        f"/{method.containing_service.full_name}/{method.name}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=bytes,
    )
    try:
        return await rpc_error(call(request, timeout=10))
    except AssertionError:
        return None


@pytest.mark.parametrize("name", SERVICES)
async def test_every_text_is_what_its_name_says(start_service: StartService, name: str) -> None:
    service = await start_service(name)
    wrong: list[object] = []

    for method in methods_of(name):
        for place, field in _texts(method.input_type):
            rule = RULES.get(field)
            if rule is None:
                wrong.append((method.name, place, "is neither a text nor a form"))
                continue
            for text in REFUSED[rule]:
                refusal = await _refusal(service, method, place, text)
                named = [] if refusal is None else [unnumbered(each) for each in refusal.fields]
                if named not in ([place], [f"{place}.x"], [f"{place}[x]"]):
                    wrong.append((method.name, place, text, refusal))
            taken = await _refusal(service, method, place, TAKEN[rule])
            if taken is not None and unnumbered("".join(taken.fields)).startswith(place):
                wrong.append((method.name, place, "is refused with words that people write"))

    assert not wrong, "\n".join(map(repr, wrong))
