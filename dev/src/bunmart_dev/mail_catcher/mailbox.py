"""The folder of caught messages."""

import secrets
import time
from collections import OrderedDict
from datetime import UTC, datetime
from pathlib import Path

from bunmart_dev.mail_catcher.messages import (
    Attachment,
    Message,
    Summary,
    read,
    read_attachment,
    summarize,
    with_envelope,
)

KEPT_MESSAGES = 1000


class MessageNotFoundError(Exception):
    """There is no such message, or no longer."""


class Mailbox:
    """Messages as .eml files whose names sort by time; the newest thousand are kept."""

    def __init__(self, folder: Path, kept: int = KEPT_MESSAGES) -> None:
        self._folder = folder
        self._kept = kept
        self._summaries: OrderedDict[str, Summary] = OrderedDict()
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.glob("*.eml")):
            self._summaries[path.stem] = _summary(path, path.read_bytes())
        self._prune()

    def add(self, content: bytes, sender: str, recipients: list[str]) -> str:
        """Store a message; return its id."""
        message_id = f"{time.time_ns():019}-{secrets.token_hex(4)}"
        enveloped = with_envelope(content, sender, recipients)
        # Renaming keeps a half-written file from being read as a message after a crash.
        draft = self._folder / f"{message_id}.part"
        draft.write_bytes(enveloped)
        path = draft.rename(self._path(message_id))
        self._summaries[message_id] = _summary(path, enveloped)
        self._prune()
        return message_id

    def list(self, to: str = "") -> list[Summary]:
        """Return the messages, newest first, only those to one recipient if one is given."""
        wanted = to.strip().casefold()
        return [
            summary
            for summary in reversed(self._summaries.values())
            if not wanted or any(recipient.casefold() == wanted for recipient in summary.to)
        ]

    def read(self, message_id: str) -> Message:
        """Return a message with its content.

        Raises:
            MessageNotFoundError: There is no such message.
        """
        content = self.raw(message_id)
        return read(self._summaries[message_id], content)

    def raw(self, message_id: str) -> bytes:
        """Return a message as it lies in the folder.

        Raises:
            MessageNotFoundError: There is no such message.
        """
        # The index is asked first, so an id never becomes a path of its own.
        if message_id not in self._summaries:
            raise MessageNotFoundError(message_id)
        try:
            return self._path(message_id).read_bytes()
        except FileNotFoundError as error:
            del self._summaries[message_id]
            raise MessageNotFoundError(message_id) from error

    def attachment(self, message_id: str, index: int) -> tuple[Attachment, bytes]:
        """Return one of the files that came with a message.

        Raises:
            MessageNotFoundError: There is no such message, or it has not so many files.
        """
        found = read_attachment(self.raw(message_id), index)
        if found is None:
            raise MessageNotFoundError(f"{message_id}, attachment {index}")
        return found

    def clear(self) -> None:
        """Delete all messages."""
        for message_id in tuple(self._summaries):
            self._delete(message_id)

    def _prune(self) -> None:
        while len(self._summaries) > self._kept:
            self._delete(next(iter(self._summaries)))

    def _delete(self, message_id: str) -> None:
        del self._summaries[message_id]
        self._path(message_id).unlink(missing_ok=True)

    def _path(self, message_id: str) -> Path:
        return self._folder / f"{message_id}.eml"


def _summary(path: Path, content: bytes) -> Summary:
    received_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return summarize(path.stem, received_at, content)
