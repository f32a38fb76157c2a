"""A small picture, as a phone would send a large one."""

from __future__ import annotations

import struct
import zlib
from typing import Final

SIZE: Final = 96


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def _rows() -> bytes:
    """A green field under a blue sky, without filter (PNG 9.2)."""
    sky, field = b"\x7f\xb2\xe5" * SIZE, b"\x3a\x8f\x3a" * SIZE
    return b"".join(b"\0" + (sky if row < SIZE // 2 else field) for row in range(SIZE))


#: PNG 5.6: header, data, end.
PICTURE: Final = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(_rows()))
    + _chunk(b"IEND", b"")
)
