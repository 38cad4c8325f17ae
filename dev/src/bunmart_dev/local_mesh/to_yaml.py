"""Writes Envoy's configurations."""

import yaml
from bunmart_mesh.render.config import Config
from typing_extensions import override


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes everything out: a reader should not have to follow anchors."""

    @override
    def ignore_aliases(self, data: object) -> bool:
        return True


def to_yaml(config: Config) -> str:
    """Write a configuration in Envoy's own order of fields."""
    return yaml.dump(config, Dumper=_Dumper, sort_keys=False, width=110)
