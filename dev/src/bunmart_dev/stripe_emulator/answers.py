"""Answers over HTTP."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from bunmart_dev.stripe_emulator.errors import InvalidRequestError, StripeError
from bunmart_dev.stripe_emulator.store import Store

_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Answer:
    """Status, body and the headers beyond the usual ones."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, result: Any) -> "Answer":
        """Answer with an object."""
        return cls(200, _encode(result))

    @classmethod
    def refusing(cls, error: StripeError) -> "Answer":
        """Answer with an error."""
        return cls(error.status, _encode(error.body))


def expanded(result: Any, paths: list[str], store: Store) -> Any:
    """Replace ids by their objects: https://docs.stripe.com/api/expanding_objects.

    Raises:
        InvalidRequestError: A path leads to nothing that can be expanded.
    """
    plain = msgspec.to_builtins(result)
    for path in paths:
        _expand(plain, path.split("."), path, store)
    return plain


def _expand(node: Any, parts: list[str], path: str, store: Store) -> None:
    name, *rest = parts
    if not isinstance(node, dict) or name not in node:
        raise InvalidRequestError(f"This property cannot be expanded ({path}).", param="expand")
    if isinstance(node[name], str):
        thing = store.raw(node[name])
        if thing is None:
            raise InvalidRequestError(f"This property cannot be expanded ({path}).", param="expand")
        node[name] = thing
    if rest and node[name] is not None:
        for child in node[name] if isinstance(node[name], list) else [node[name]]:
            _expand(child, rest, path, store)
