"""The frame of a command that fills objects of a cluster."""

import sys
from collections.abc import Callable

import httpx2
from lightkube import Client, ConfigError

from bunmart_mesh.issuer.objects import IssuerError

_FIELD_MANAGER = "bunmart-issuer"


def run(work: Callable[[Client], str]) -> int:
    """Do the work with a client of the cluster; print what it did, or why it could not.

    Args:
        work: Returns what it did, as a line for the log.

    Returns:
        The exit code.
    """
    try:
        with Client(field_manager=_FIELD_MANAGER) as client:
            print(work(client))
    except (IssuerError, ConfigError) as error:
        print(error, file=sys.stderr)
        return 1
    except httpx2.HTTPError as error:
        print(f"The API server does not answer: {error!r}.", file=sys.stderr)
        return 1
    return 0
