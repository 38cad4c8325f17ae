"""Values that a schema accepts, among them those that YAML likes to take for something else."""

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
from hypothesis import strategies as st

from tests.charts.cases import JWKS
from tests.charts.overrides import Path, aliases, put
from tests.charts.rendering import CHARTS
from tools.chart_values import resolve, values_of

PLAIN = (
    "a",
    "v1.2.3",
    "a-b.example",
    "zone/a",
    "64Mi",
    "64MB",
    "250m",
    "48h",
    "2h30m",
    "15s",
    "25%",
    "/var/lib/a",
)
TRAPS = ("1", "123", "1e3", "0x1f", "0o7", "012", "1.50", "true", "off", "no", "null", "2026-01-02", "")
"""Strings that YAML takes for something else when they are not quoted."""
FORMS = (
    *("registry.example:5000/shop", f"sha256:{'0123' * 16}", "https://shop.example/a?b=c&d"),
    *("postgres://u:p%40ss@db:5432/x?sslmode=require", "cluster.local/ns/nginx/sa/nginx", "*.shop.example"),
    *("10.0.0.0/8", "12.30.0.0/16", "fd00::/8", "17 3 * * *", "0 0 2 * * *", "ClusterIssuer"),
)
"""Strings that a pattern asks for."""
PROSE = (
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
)
TEXTS = (*PLAIN, *TRAPS, *FORMS, *PROSE)

DATABASES: tuple[dict[str, Any], ...] = (
    {},
    {"enabled": False},
    {"secretName": "order-dsn", "secretKey": "dsn"},
    {"url": "postgresql://order:secret@db.example:5432/order"},
    {"sslMode": "verify-full", "caSecret": "database-ca"},
)
CERTIFICATES: tuple[dict[str, Any], ...] = (
    {},
    {"secretName": "shop-tls"},
    {"secretName": "shop-tls", "issuer": "shop"},
    {"secretName": "shop-tls", "clusterIssuer": "public"},
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

    def switches(self, left_out: set[str]) -> Iterator[tuple[Path, list[Any]]]:
        """Yield the path and the choices of whatever is on or off, or one of a few."""
        for value in values_of(self.root):
            if value.path[0] not in left_out and not {"[]", "<name>"}.intersection(value.path):
                choices = (
                    [True, False] if "boolean" in value.schema.get("type", ()) else value.schema.get("enum")
                )
                if choices:
                    yield value.path, choices

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
def installations(draw: st.DrawFn, provider: str) -> dict[str, Any]:
    """Values of charts/bunmart: some parts, one of them out of the ordinary, every switch either way."""
    values = {key: draw(strategy) for key, strategy in _free("bunmart").items() if draw(st.booleans())}
    for path, choices in _switches("bunmart"):
        put(values, path, draw(st.sampled_from(choices)))
    put(values, ("global", "mesh", "provider"), provider)
    enabled = draw(st.sets(st.sampled_from(PARTS), min_size=1, max_size=4))
    for part in PARTS:
        values[part] = {"enabled": part in enabled}
    special = values[draw(st.sampled_from(sorted(enabled)))]
    special |= {key: draw(strategy) for key, strategy in _free("service").items() if draw(st.booleans())}
    for path, choices in _switches("service"):
        put(special, path, draw(st.sampled_from(choices)))
    special["database"] = draw(st.sampled_from(DATABASES))
    values["ingress"]["tls"] = draw(st.sampled_from(CERTIFICATES))
    _agree(draw, values)
    return copy.deepcopy(values)


def _agree(draw: st.DrawFn, values: dict[str, Any]) -> None:
    """Make values fit that depend on each other."""
    put(values, ("global", "jwt", "jwks"), JWKS)
    ingress, provider = values["ingress"], values["global"]["mesh"]["provider"]
    if provider == "istio":
        ingress["kind"] = draw(st.sampled_from(("gateway", "ingress", "none")))
        put(ingress, ("controller", "principal"), "cluster.local/ns/nginx/sa/nginx")
    _agree_in_ingress(ingress, provider)
    if values.get("certificates", {}).get("createIssuer"):
        # It makes none of a cluster's.
        put(values, ("global", "mesh", "certificates", "issuerRef", "kind"), "Issuer")
    for name in ("edge", *PARTS):
        _agree_in_part(values[name])


def _agree_in_ingress(ingress: dict[str, Any], provider: str) -> None:
    if ingress["kind"] in {"edge", "none"}:
        ingress |= {"className": "", "hosts": [], "annotations": {}, "tls": {}}
    elif ingress["kind"] == "gateway":
        ingress["className"] = "nginx" if provider == "envoy" else ""
    if {"issuer", "clusterIssuer"} & ingress["tls"].keys():
        ingress["hosts"] = ingress.get("hosts") or ["*.shop.example"]


def _agree_in_part(part: dict[str, Any]) -> None:
    scaling = part.get("autoscaling", {})
    if scaling.get("minReplicas", 2) > scaling.get("maxReplicas", 6):
        scaling["maxReplicas"] = scaling["minReplicas"] = 3
    if part.get("database", {}).get("enabled") is False:
        part.get("migration", {}).pop("enabled", None)
    if "secretEnv" in part:
        part["secretEnv"] = list({each["name"]: each for each in part["secretEnv"]}.values())


@cache
def _free(chart: str) -> dict[str, st.SearchStrategy[Any]]:
    """Strategies of everything in a chart's own values."""
    values = Values(chart)
    return {key: values.of(key) for key in values.root["properties"] if key not in _OTHERS[chart]}


@cache
def _switches(chart: str) -> tuple[tuple[Path, list[Any]], ...]:
    """The switches in a chart's own values."""
    return tuple(Values(chart).switches({*_OTHERS[chart], "database"}))


_OTHERS = {"bunmart": {*PARTS}, "service": {"global", "enabled"}}
"""Keys that belong to another chart."""
