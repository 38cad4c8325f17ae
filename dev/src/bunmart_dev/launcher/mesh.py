"""The mesh's files: certificates and Envoy configurations, made from the call policy at each start."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from bunmart_mesh.policy import load_policy

from bunmart_dev.launcher.settings import Settings
from bunmart_dev.launcher.watcher import rotate
from bunmart_dev.local_mesh.certificates import ensure_certificates
from bunmart_dev.local_mesh.files import write_local_mesh
from bunmart_dev.ports import PARTS

_RENEW_SECONDS = 6 * 3600.0


def configuration_files(settings: Settings) -> Mapping[str, Path]:
    """Return where ``write_mesh`` writes the Envoy configuration of each part."""
    return {part: settings.folder.path / "envoy" / f"{part}.yaml" for part in PARTS}


def write_mesh(settings: Settings) -> None:
    """Issue missing certificates, write all Envoy configurations, and move large access logs aside."""
    write_local_mesh(settings.folder.path, load_policy(), settings.ports, movable=settings.reload)
    for log_file in settings.folder.logs.glob("*.access.log"):
        rotate(log_file)


async def renew_certificates(settings: Settings) -> None:
    """Replace certificates before they expire, for as long as the system runs; Envoy reads them by itself."""
    while True:
        await asyncio.sleep(_RENEW_SECONDS)
        await asyncio.to_thread(ensure_certificates, settings.folder.path / "certificates", load_policy())
