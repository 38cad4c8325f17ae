"""Form-encoded parameters as Stripe's SDKs write them: ``metadata[order_id]=7&expand[0]=latest_charge``."""

import re
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from bunmart_dev.stripe_emulator.errors import InvalidRequestError

_T = TypeVar("_T")
_MISSING = re.compile(r"missing required field `(.+?)`")
_UNKNOWN = re.compile(r"unknown field `(.+?)`")
_PATH = re.compile(r" - at `\$\.?(.*)`$")
_LIST_INDEX = re.compile(r"\d*")


def parse(encoded: bytes) -> dict[str, Any]:
    """Decode a form body or query string into nested dicts and lists.

    Raises:
        InvalidRequestError: A key is malformed, or is used both as a value and as a container.
    """
    root: dict[str, Any] = {}
    try:
        pairs = parse_qsl(
            encoded.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=1000
        )
    except ValueError as error:
        raise InvalidRequestError(f"The request's parameters cannot be read: {error}") from error
    for key, value in pairs:
        name, *inner = key.replace("]", "").split("[")
        _insert(root, name, inner, value, key)
    return root


def _insert(container: dict[str, Any], name: str, inner: list[str], value: str, key: str) -> None:
    # Keys of metadata are the caller's own words, so digits are no list index there.
    is_list = name != "metadata" and bool(inner) and _LIST_INDEX.fullmatch(inner[0]) is not None
    if not inner:
        container[name] = value
        return
    child = container.setdefault(name, [] if is_list else {})
    if is_list and isinstance(child, list) and len(inner) == 1:
        child.append(value)
    elif not is_list and isinstance(child, dict):
        _insert(child, inner[0], inner[1:], value, key)
    else:
        raise InvalidRequestError(f"Invalid parameter name: {key}", param=key)


def fingerprint(parameters: dict[str, Any]) -> bytes:
    """Return the parameters in one canonical encoding, for comparing requests."""
    return msgspec.json.encode(parameters, order="deterministic")


def convert(parameters: dict[str, Any], into: type[_T]) -> _T:
    """Turn decoded parameters into a typed struct.

    Raises:
        InvalidRequestError: A parameter is missing, unknown or of the wrong type; ``param`` names it.
    """
    try:
        return msgspec.convert(parameters, into, strict=False)
    except msgspec.ValidationError as error:
        raise _explain(str(error)) from error


def _explain(text: str) -> InvalidRequestError:
    found = _PATH.search(text)
    head, *rest = found.group(1).split(".") if found else ("",)
    path = head + "".join(f"[{part}]" for part in rest)
    if missing := _MISSING.search(text):
        name = _join(path, missing.group(1))
        return InvalidRequestError(f"Missing required param: {name}.", code="parameter_missing", param=name)
    if unknown := _UNKNOWN.search(text):
        name = _join(path, unknown.group(1))
        return InvalidRequestError(
            f"Received unknown parameter, or one that this emulator does not know: {name}",
            code="parameter_unknown",
            param=name,
        )
    code = "parameter_invalid_integer" if "`int`" in text else None
    return InvalidRequestError(f"Invalid {path}: {_PATH.sub('', text)}", code=code, param=path)


def _join(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name
