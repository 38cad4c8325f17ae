"""The mesh's files: certificates and Envoy configurations, made from the call policy at each start."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from bunmart_mesh.certificates import ensure_certificates
from bunmart_mesh.launcher.settings import Settings
from bunmart_mesh.policy import load_policy
from bunmart_mesh.ports import PARTS

_RENEW_SECONDS = 6 * 3600.0


def configuration_files(settings: Settings) -> Mapping[str, Path]:
    """Return where the Envoy configuration of each part is written."""
    return {part: settings.folder.path / "envoy" / f"{part}.yaml" for part in PARTS}


def write_mesh(settings: Settings) -> None:
    """Issue missing certificates and write all Envoy configurations."""
    raise NotImplementedError


async def renew_certificates(settings: Settings) -> None:
    """Replace certificates before they expire, for as long as the system runs; Envoy reads them by itself."""
    while True:
        await asyncio.sleep(_RENEW_SECONDS)
        await asyncio.to_thread(ensure_certificates, settings.folder.path / "certificates", load_policy())
