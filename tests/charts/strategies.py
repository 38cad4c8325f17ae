"""Values that a schema accepts, among them those that YAML likes to take for something else."""

import json
from typing import Any

import jsonschema_rs
from hypothesis import strategies as st

from tests.charts.cases import JWKS
from tests.charts.overrides import aliases, put
from tests.charts.rendering import CHARTS
from tools.chart_values import resolve

TEXTS = (
    *(
        "a",
        "v1.2.3",
        "a-b.example",
        "registry.example:5000/shop",
        "https://shop.example/a?b=c&d",
        "64Mi",
        "250m",
        "1",
    ),
    *("123", "1e3", "0x1f", "0o7", "012", "true", "off", "no", "null", "2026-01-02", "1.50", "12.30.0.0/16"),
    *(
        "",
        "48h",
        "2h30m",
        "15s",
        "25%",
        "17 3 * * *",
        "0 0 2 * * *",
        "64MB",
        "/var/lib/a",
        "ClusterIssuer",
        "cluster.local/ns/nginx/sa/nginx",
        "*.shop.example",
    ),
    *(
        "postgres://u:p%40ss@db:5432/x?sslmode=require",
        f"sha256:{'0123' * 16}",
        "10.0.0.0/8",
        "fd00::/8",
        "zone/a",
    ),
    *(
        'say "hi": # not',
        "a\\b",
        "two\nlines",
        "{{ .Values }}",
        "{x}",
        "[x]",
        "- x",
        "'",
        "%",
        "*",
        "&a",
        "ü",
        " ",
    ),
)
Schema = dict[str, Any]


class Values:
    """Strategies of the values of one schema."""

    def __init__(self, chart: str) -> None:
        self.root: Schema = json.loads((CHARTS / chart / "values.schema.json").read_text())

    def of(self, *path: str) -> st.SearchStrategy[Any]:
        """Values of the property at a path."""
        schema = self.root
        for key in path:
            schema = resolve(schema["properties"][key], self.root)
        return self._any(schema)

    def _accepts(self, schema: Schema) -> jsonschema_rs.Draft202012Validator:
        return jsonschema_rs.Draft202012Validator({"$defs": self.root.get("$defs", {}), **schema})

    def _any(self, schema: Schema) -> st.SearchStrategy[Any]:
        schema = resolve(schema, self.root)
        kinds = schema.get("type", ())
        kinds = (kinds,) if isinstance(kinds, str) else kinds
        if "object" in kinds:
            return self._object(schema)
        if "array" in kinds:
            return st.lists(self._any(schema["items"]), max_size=2).filter(self._accepts(schema).is_valid)
        found = [each for each in self._scalars(schema, kinds) if self._accepts(schema).is_valid(each)]
        return st.sampled_from(found)

    @staticmethod
    def _scalars(schema: Schema, kinds: tuple[str, ...]) -> list[Any]:
        if "enum" in schema:
            return list(schema["enum"])
        found: list[Any] = list(TEXTS) if "string" in kinds else []
        if {"integer", "number"} & set(kinds):
            least, most = schema.get("minimum", 0), schema.get("maximum", 100)
            found += sorted({least, least + 1, min(most, 30_000), most})
        if "number" in kinds:
            found += [0.25, 0.00001]
        if "boolean" in kinds:
            found += [True, False]
        return found + ([None] if "null" in kinds else [])

    def _object(self, schema: Schema) -> st.SearchStrategy[Any]:
        properties = {key: self._any(each) for key, each in schema.get("properties", {}).items()}
        if properties:
            needed = {key: properties.pop(key) for key in schema.get("required", ())}
            found: st.SearchStrategy[Any] = st.fixed_dictionaries(needed, optional=properties)
        else:
            keys = [each for each in TEXTS if self._accepts(schema.get("propertyNames", {})).is_valid(each)]
            found = st.dictionaries(
                st.sampled_from(keys), self._any(schema["additionalProperties"]), max_size=2
            )
        return found.filter(self._accepts(schema).is_valid)


PARTS = tuple(aliases("bunmart"))


@st.composite
def installations(draw: st.DrawFn) -> dict[str, Any]:
    """Values of charts/bunmart: some parts, one or two of them out of the ordinary, every switch either way."""
    values = {key: draw(strategy) for key, strategy in _UMBRELLA.items() if draw(st.booleans())}
    enabled = draw(st.sets(st.sampled_from(PARTS), min_size=1, max_size=4))
    for part in PARTS:
        values[part] = {"enabled": part in enabled}
    special = draw(st.sampled_from(sorted(enabled)))
    values[special] |= {key: draw(strategy) for key, strategy in _PART.items() if draw(st.booleans())}
    _agree(draw, values)
    return values


def _agree(draw: st.DrawFn, values: dict[str, Any]) -> None:
    """Make values fit that depend on each other."""
    put(values, ("global", "jwt", "jwks"), JWKS)
    ingress = values.setdefault("ingress", {})
    if values["global"].get("mesh", {}).get("provider") == "istio":
        ingress["kind"] = draw(st.sampled_from(("gateway", "ingress", "none")))
        put(ingress, ("controller", "principal"), "cluster.local/ns/nginx/sa/nginx")
    elif ingress.get("kind") == "gateway":
        ingress["className"] = "nginx"
    for scaled in ("edge", *PARTS):
        scaling = values.get(scaled, {}).get("autoscaling", {})
        if scaling.get("minReplicas", 2) > scaling.get("maxReplicas", 6):
            scaling["maxReplicas"] = scaling["minReplicas"] = 3
    for part in PARTS:
        if "secretEnv" in values[part]:
            values[part]["secretEnv"] = list(
                {each["name"]: each for each in values[part]["secretEnv"]}.values()
            )


def _strategies(chart: str, left_out: set[str]) -> dict[str, st.SearchStrategy[Any]]:
    values = Values(chart)
    return {key: values.of(key) for key in values.root["properties"] if key not in left_out}


_UMBRELLA = _strategies("bunmart", {*PARTS})
_PART = _strategies("service", {"global", "enabled"})
