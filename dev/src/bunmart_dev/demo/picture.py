"""Draws the kitchen's photograph: a loaf as a small PNG, pixel by pixel."""

import functools
import struct
import zlib

_WIDTH, _HEIGHT = 96, 72
_TABLE, _CRUST, _CUT = (226, 214, 190), (196, 124, 58), (250, 228, 190)


def _pixel(x: int, y: int) -> tuple[int, int, int]:
    across, down = (x - _WIDTH / 2) / (_WIDTH * 0.42), (y - _HEIGHT * 0.55) / (_HEIGHT * 0.36)
    if across**2 + down**2 > 1:
        return _TABLE
    if (x + y) % 24 < 4 and down < 0.2:  # noqa: PLR2004 - the baker's cuts
        return _CUT
    shade = 1 - 0.35 * max(0.0, across + down) / 2
    return (int(_CRUST[0] * shade), int(_CRUST[1] * shade), int(_CRUST[2] * shade))


@functools.cache
def loaf() -> bytes:
    """Return the picture (https://www.w3.org/TR/png-3/: signature, IHDR, IDAT, IEND)."""
    rows = b"".join(b"\0" + bytes(c for x in range(_WIDTH) for c in _pixel(x, y)) for y in range(_HEIGHT))
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
