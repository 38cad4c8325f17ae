"""The public keys of a JWKS file (RFC 7517), read again when the file changes."""

import logging
import time
from pathlib import Path

import jwt
import msgspec

log = logging.getLogger(__name__)
LOOK_SECONDS = 5.0
"""A change of the file counts after so many seconds at the latest. The edge takes up to a minute."""
_NO_JWKS = (OSError, ValueError, TypeError, AttributeError, jwt.PyJWTError)  # PyJWK expects a JSON object
_Stamp = tuple[int, int, int]


class KeyFile:
    """The keys of a file by key id.

    A file that vanishes or breaks changes nothing: the keys that were read last stay, and one warning is
    logged until it can be read again. Otherwise a slip of an operator's hand would sign everybody out.

    Args:
        path: The file. None: there are no keys.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._keys: dict[str, jwt.PyJWK] = {}
        self._stamp: _Stamp | None = None
        self._looked_at = float("-inf")
        self._warned = False
        self.changes = 0
        """The number of times that the keys changed."""

    def keys(self, *, look: bool = False) -> dict[str, jwt.PyJWK]:
        """Return the keys.

        Args:
            look: Look at the file now; otherwise it is looked at every ``LOOK_SECONDS``.
        """
        now = time.monotonic()
        if self._path is not None and (look or now - self._looked_at >= LOOK_SECONDS):
            self._looked_at = now
            self._read(self._path)
        return self._keys

    def _read(self, path: Path) -> None:
        try:
            state = path.stat()
            # Kubernetes swaps a link, an editor may keep the time: all three change seldom together.
            stamp = (state.st_mtime_ns, state.st_size, state.st_ino)
            if stamp == self._stamp:
                return
            found = jwt.PyJWKSet.from_dict(msgspec.json.decode(path.read_bytes(), type=dict)).keys
        except _NO_JWKS as error:
            # Not read again until it changes, but a file that vanished is new when it comes back unchanged.
            if not self._warned:
                self._warned = True
                log.warning("cannot read %s; the keys stay as they were: %s", path, error)
            return
        self._keys = {key.key_id: key for key in found if key.key_id}
        self._stamp = stamp
        self._warned = False
        self.changes += 1
