"""Stripe's rules for metadata: https://docs.stripe.com/api/metadata."""

from bunmart_dev.stripe_emulator.errors import InvalidRequestError
from bunmart_dev.stripe_emulator.objects import Metadata

_MAX_KEYS = 50
_MAX_KEY_LENGTH = 40
_MAX_VALUE_LENGTH = 500


def merged(present: Metadata, change: dict[str, str] | str) -> Metadata:
    """Return the metadata after a change; an empty value removes its key, an empty string all of them.

    Raises:
        InvalidRequestError: There are too many keys, or a key or value is too long.
    """
    if isinstance(change, str):
        if change:
            raise InvalidRequestError("Invalid hash", param="metadata")
        return {}
    for key, value in change.items():
        if not 0 < len(key) <= _MAX_KEY_LENGTH or len(value) > _MAX_VALUE_LENGTH:
            raise InvalidRequestError(
                f"Metadata keys can have up to {_MAX_KEY_LENGTH} characters and values up to "
                f"{_MAX_VALUE_LENGTH}.",
                param=f"metadata[{key}]",
            )
    result = {key: value for key, value in {**present, **change}.items() if value}
    if len(result) > _MAX_KEYS:
        raise InvalidRequestError(f"You can only specify up to {_MAX_KEYS} metadata keys.", param="metadata")
    return result
