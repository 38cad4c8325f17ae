"""Bodies that fit an OpenAPI document, and the places of their texts."""

import re
from collections.abc import Iterator
from typing import Any

ID = "018f0000-0000-7000-8000-000000000000"
_FITTING = ("DE", "EUR", "1.00", "BUN-1", "food", "order_paid", "+4930123456", "2030-01-01", "a" * 32)
"""One of them fits each pattern of the documents."""
_NUMBERED = re.compile(r"\[\d+\]")


class Document:
    """An OpenAPI document, read as JSON."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def bodies(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield method, path and schema of each operation that takes JSON."""
        for path, operations in self._document["paths"].items():
            for method, operation in operations.items():
                content = operation.get("requestBody", {}).get("content", {})
                if "application/json" in content:
                    yield method, path, content["application/json"]["schema"]

    def strings(self, schema: dict[str, Any], at: str = "", told: str = "") -> Iterator[tuple[str, str]]:
        """Yield place and description of every string that has no form of its own, such as ``lines[0].note``.

        What is in a list or a mapping has the description of that.
        """
        schema = self._plain(schema)
        told = schema.get("description", told)
        for name, each in schema.get("properties", {}).items():
            yield from self.strings(each, f"{at}.{name}" if at else name)
        if "items" in schema:
            yield from self.strings(schema["items"], f"{at}[0]", told)
        if isinstance(schema.get("additionalProperties"), dict):
            yield from self.strings(schema["additionalProperties"], f"{at}.x", told)
        if schema.get("type") == "string" and not schema.keys() & {"enum", "const", "pattern", "format"}:
            yield at, told

    def example(self, schema: dict[str, Any], *, having: str = "", text: str = "", at: str = "") -> Any:
        """A body that fits, with what is required; and with ``text`` at the place ``having``."""
        choices = schema.get("oneOf", [])
        if at and {"type": "null"} in choices and not having.startswith(at):
            return None
        schema = self._plain(schema)
        if at == having and at:
            return text
        if "properties" in schema or "additionalProperties" in schema:
            properties = schema.get("properties", {})
            # A percentage has a value, which is only optional where there is none.
            valued = properties.keys() & {"value"}
            names = {*schema.get("required", ()), *self._next(schema, having, at), *valued}
            return {
                name: self.example(
                    properties.get(name) or schema["additionalProperties"],
                    having=having,
                    text=text,
                    at=f"{at}.{name}" if at else name,
                )
                for name in names
            }
        if schema.get("type") == "array":
            wanted = schema.get("minItems", 0) or having.startswith(f"{at}[0]")
            return [self.example(schema["items"], having=having, text=text, at=f"{at}[0]")] if wanted else []
        return _value(schema, at)

    def _next(self, schema: dict[str, Any], having: str, at: str) -> Iterator[str]:
        """The name in an object that leads to the wanted place."""
        if having.startswith(at) and having != at:
            rest = having.removeprefix(at).removeprefix(".")
            name = re.split(r"[.\[]", rest)[0]
            if name in schema.get("properties", {}) or "additionalProperties" in schema:
                yield name

    def _plain(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Follow references, and take the first choice that is a text or else one that is not null."""
        if "$ref" in schema:
            return self._plain(self._document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        choices = [self._plain(each) for each in (schema.get("oneOf") or schema.get("anyOf") or [])]
        given = [each for each in choices if each.get("type") != "null"]
        if not given:
            return schema
        own = {name: value for name, value in schema.items() if name not in ("oneOf", "anyOf")}
        texts = [each for each in given if each.get("type") == "string"]
        return {**(texts or given)[0], **own}


def _value(schema: dict[str, Any], at: str) -> Any:
    if "enum" in schema or "const" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    kinds = {"boolean": True, "integer": schema.get("minimum", 1), "number": schema.get("minimum", 1)}
    if schema.get("type") in kinds:
        return kinds[schema["type"]]
    if at.endswith("country"):
        return "DE"
    year = 2031 if at.endswith(("ends_at", "until")) else 2030
    formats = {"uuid": ID, "date-time": f"{year}-01-01T00:00:00Z", "email": "ada@example.org"}
    if schema.get("format") in formats:
        return formats[schema["format"]]
    if "pattern" in schema:
        return next(each for each in _FITTING if re.search(schema["pattern"], each))
    return (schema.get("examples") or ["x" * max(schema.get("minLength", 0), 2)])[0]


def unnumbered(field: str) -> str:
    """A field without the places in lists: some refusals name the list, others the entry."""
    return _NUMBERED.sub("", field)
