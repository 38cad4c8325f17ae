"""The small messages of Envoy's API that listeners, routes and clusters are made of."""

from typing import Any

from bunmart_mesh.render.config import Config
from bunmart_mesh.render.envoy.placement import Address

TYPE = "type.googleapis.com/envoy."


def typed(type_name: str, **fields: Any) -> Config:
    """Return a typed config; the type's name is given without ``type.googleapis.com/envoy.``."""
    return {"@type": TYPE + type_name, **fields}


def extension(name: str, type_name: str, **fields: Any) -> Config:
    """Return an extension: its name and typed config."""
    return {"name": name, "typed_config": typed(type_name, **fields)}


def socket(address: Address) -> Config:
    """Return a socket address."""
    return {"socket_address": {"address": address.host, "port_value": address.port}}


def own_prefix(prefix: str, **conditions: Any) -> Config:
    """Match a path prefix that ends at a slash: ``/api/carts`` is not ``/api/cartsx``."""
    return {"path_separated_prefix": prefix, **conditions}


def method_is(*methods: str) -> Config:
    """Match the HTTP method."""
    wanted = {"exact": methods[0]} if len(methods) == 1 else {"safe_regex": {"regex": "|".join(methods)}}
    return {"name": ":method", "string_match": wanted}
