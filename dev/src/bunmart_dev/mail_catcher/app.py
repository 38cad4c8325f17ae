"""The mail catcher's page and API."""

from typing import Any
from urllib.parse import quote

from litestar import Controller, Litestar, MediaType, Request, Response, delete, get
from litestar.datastructures import State
from litestar.exceptions import NotFoundException

from bunmart_dev.mail_catcher.mailbox import Mailbox, MessageNotFoundError
from bunmart_dev.mail_catcher.messages import Message, Summary
from bunmart_dev.mail_catcher.pages import CONTENT_SECURITY_POLICY, list_page, message_page

HttpRequest = Request[Any, Any, State]


@get("/health")
async def health() -> dict[str, str]:
    """Answer as long as the process serves."""
    return {"status": "ok"}


class PageController(Controller):
    """The messages for people."""

    path = "/"

    @get(media_type=MediaType.HTML)
    async def list(self, request: HttpRequest, to: str = "") -> str:
        """List the messages, newest first."""
        return list_page(_mailbox(request).list(to), to)

    @get("/view/{message_id:str}", media_type=MediaType.HTML)
    async def view(self, request: HttpRequest, message_id: str) -> str:
        """Show one message."""
        return message_page(_mailbox(request).read(message_id))


class MessageController(Controller):
    """The messages for programs."""

    path = "/messages"

    @get()
    async def list(self, request: HttpRequest, to: str = "") -> list[Summary]:
        """List the messages, newest first."""
        return _mailbox(request).list(to)

    @get("/{message_id:str}")
    async def read(self, request: HttpRequest, message_id: str) -> Message:
        """Return one message."""
        return _mailbox(request).read(message_id)

    @get("/{message_id:str}/raw", media_type=MediaType.TEXT)
    async def raw(self, request: HttpRequest, message_id: str) -> bytes:
        """Return one message as it was sent, under its envelope."""
        return _mailbox(request).raw(message_id)

    @get("/{message_id:str}/attachments/{index:int}")
    async def attachment(self, request: HttpRequest, message_id: str, index: int) -> Response[bytes]:
        """Return one of the files that came along, to be saved and never shown: it may be anything."""
        file, content = _mailbox(request).attachment(message_id, index)
        headers = {
            "content-disposition": f"attachment; filename*=utf-8''{quote(file.filename or 'attachment')}"
        }
        return Response(content, media_type="application/octet-stream", headers=headers)

    @delete()
    async def clear(self, request: HttpRequest) -> None:
        """Delete all messages."""
        _mailbox(request).clear()


def create_app(mailbox: Mailbox) -> Litestar:
    """Return the application which shows one mailbox."""
    return Litestar(
        route_handlers=[health, PageController, MessageController],
        state=State({"mailbox": mailbox}),
        exception_handlers={MessageNotFoundError: _not_found},
        after_request=_secure,
        openapi_config=None,
        logging_config=None,
    )


def _mailbox(request: HttpRequest) -> Mailbox:
    mailbox: Mailbox = request.app.state.mailbox
    return mailbox


def _not_found(_: HttpRequest, error: MessageNotFoundError) -> Response[dict[str, Any]]:
    missing = NotFoundException(f"No such message: {error}")
    return Response({"status_code": missing.status_code, "detail": missing.detail}, status_code=404)


async def _secure(response: Response[Any]) -> Response[Any]:
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
