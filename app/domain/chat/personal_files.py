"""What an account has left, as a file: JSON, or a zip with a file for each section and its uploads.

Rows are written page by page, and off the event loop: an export of any size takes little memory.
A file that was not finished does not have its name.
"""

from __future__ import annotations

import asyncio
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import orjson

from app.core.errors import Invalid
from app.core.services import Services
from app.domain.chat.personal_data import Row, Whose, pages
from app.domain.chat.uploads import place_of

#: Told how many rows were written since it was last told.
Progress = Callable[[int], None]


async def export(
    services: Services, of: Whose, path: Path, on_progress: Progress | None = None
) -> int:
    """The file is there, readable by its owner only; how many rows it has.

    Raises Invalid for a name that ends neither in .json nor in .zip.
    """
    book = _BOOKS.get(path.suffix.lower())
    if book is None:
        raise Invalid("path", "ends in .json or .zip")
    written = 0
    with _unfinished(path) as file:
        target = book(services, file)
        async for section, rows in pages(services, of):
            await asyncio.to_thread(target.write, section, rows)
            written += len(rows)
            if on_progress is not None:
                on_progress(len(rows))
        await asyncio.to_thread(target.close)
    return written


class JsonBook:
    """`{"section": [row, …], …}`."""

    def __init__(self, _: Services, file: IO[bytes]) -> None:
        self._file = file
        self._section = ""
        self._is_empty = True

    def write(self, section: str, rows: list[Row]) -> None:
        """The rows are in the section, which goes on until another begins."""
        if section != self._section:
            start = b'{\n"' if not self._section else b'\n],\n"'
            self._file.write(start + section.encode() + b'": [')
            self._section, self._is_empty = section, True
        for row in rows:
            self._file.write((b"\n" if self._is_empty else b",\n") + orjson.dumps(row))
            self._is_empty = False

    def close(self) -> None:
        """The document is whole."""
        self._file.write(b"\n]\n}\n")


class ZipBook:
    """`section.json` with a list of rows each, and `uploads/` with the files."""

    def __init__(self, services: Services, file: IO[bytes]) -> None:
        self._services = services
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self._section = ""
        self._entry: IO[bytes] | None = None
        self._is_empty = True
        self._uploads: list[tuple[str, Path]] = []

    def write(self, section: str, rows: list[Row]) -> None:
        """The rows are in the section's file."""
        if section != self._section:
            self._end_entry()
            self._section, self._is_empty = section, True
            self._entry = self._zip.open(f"{section}.json", "w")
            self._entry.write(b"[")
        assert self._entry is not None, "opened with the section"
        for row in rows:
            self._entry.write((b"\n" if self._is_empty else b",\n") + orjson.dumps(row))
            self._is_empty = False
            if section == "uploads":
                self._uploads.append((_name_of(row), place_of(self._services.config, row["token"])))

    def close(self) -> None:
        """The files are in as well; one that was never sent is left out."""
        self._end_entry()
        for name, place in self._uploads:
            if place.exists():
                self._zip.write(place, name)
        self._zip.close()

    def _end_entry(self) -> None:
        if self._entry is not None:
            self._entry.write(b"\n]\n")
            self._entry.close()


def _name_of(row: Row) -> str:
    """Unique in the zip, and with no folder of the name's own."""
    return f"uploads/{row['token'][:8]}-{Path(row['filename']).name or 'file'}"


_BOOKS: Final[dict[str, Callable[[Services, IO[bytes]], Any]]] = {
    ".json": JsonBook,
    ".zip": ZipBook,
}


@contextmanager
def _unfinished(path: Path) -> Iterator[IO[bytes]]:
    """The file has its name once the block is through, and is nowhere when that fails."""
    part = path.with_name(f"{path.name}.part")
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
