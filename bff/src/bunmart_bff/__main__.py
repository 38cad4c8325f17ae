"""The BFF as a process: ``python -m bunmart_bff``."""

import errno
import functools
from importlib import resources
from typing import Any

from bunmart_chassis.lifecycle import Parts, Service, run_service
from bunmart_chassis.rest import answer_exception
from bunmart_chassis.rpc import Peers
from litestar import Request, Response
from litestar.exceptions import InternalServerException, NotFoundException
from litestar.static_files import create_static_files_router

from bunmart_bff.docs import MergedDocument
from bunmart_bff.rest import DocsController, ViewController
from bunmart_bff.service import Views
from bunmart_bff.settings import Settings
from bunmart_bff.sources import Sources


def _answer_no_file(request: Request[Any, Any, Any], error: InternalServerException) -> Response[bytes]:
    """Answer NOT_FOUND for a name that no file can have; Litestar answers it as a defect."""
    cause = error.__cause__
    too_long = isinstance(cause, OSError) and cause.errno == errno.ENAMETOOLONG
    return answer_exception(request, NotFoundException() if too_long else error)


def build(settings: Settings) -> Service:
    """Assemble the BFF: no database, no gRPC of its own but health."""
    sources = Sources(settings.peer_url, timeout_seconds=settings.source_timeout_seconds)
    static = create_static_files_router(
        "/docs/static",
        [str(resources.files("litestar_offline_docs") / "static")],
        include_in_schema=False,
        exception_handlers={InternalServerException: _answer_no_file},
    )
    return Service(
        name="bff",
        settings=settings,
        database=None,
        migrations=None,
        peers=Peers(settings.peer_target),
        parts=Parts(
            controllers=[ViewController, DocsController, static],
            dependencies={
                "views": Views(sources),
                "merged": MergedDocument(sources, settings.documented_services),
            },
            on_stop=sources.close,
        ),
    )


if __name__ == "__main__":
    settings = Settings()
    run_service("bff", settings, functools.partial(build, settings))
