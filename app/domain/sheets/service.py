"""Sheets are CSV files, `SAMVAD_HOME/sheets/<organization>/<name>.csv`; flows name them `sheet:<name>`.

Staff open them with any spreadsheet. Several processes may write: each row is one append under a
lock of the file. The functions of this page block; call them in a thread.
"""

from __future__ import annotations

import csv
import fcntl
import io
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import Invalid, NotFound
from app.core.services import Config

SCHEME = "sheet:"
#: Bytes of one sheet; after that a flow is told to begin another.
MAX_BYTES = 50 * 1024 * 1024
MAX_LISTED = 200
_NAME = re.compile(r"\w[\w .-]{0,79}")
#: A spreadsheet runs what begins so; a number may begin with a sign.
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d\s.,()-]*$)")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet by its name; `url` is what flows hold."""

    name: str

    @property
    def url(self) -> str:
        return f"{SCHEME}{self.name}"


def list_sheets(config: Config, org_id: int) -> list[Sheet]:
    """The organization's sheets by name, at most MAX_LISTED."""
    files = sorted(_directory(config, org_id).glob("*.csv"))[:MAX_LISTED]
    return [Sheet(file.stem) for file in files if _NAME.fullmatch(file.stem)]


def find_row(config: Config, org_id: int, url: str, key: str) -> dict[str, str] | None:
    """The row with that key. Raises NotFound; Invalid(sheet)."""
    file = _file(config, org_id, url)
    try:
        with file.open(encoding="utf-8-sig", newline="", errors="replace") as lines:
            return row_with_key(lines, key)
    except FileNotFoundError as fault:
        raise NotFound(f"there is no sheet {file.stem}", key="sheet") from fault
    except csv.Error as fault:
        raise Invalid("sheet", f"is no CSV: {fault}") from fault


def append_row(config: Config, org_id: int, url: str, row: Sequence[str]) -> None:
    """The row stands at the end of the sheet, which is made when it is not there. Raises Invalid(sheet).

    What a spreadsheet would take for a formula has an apostrophe before it.
    """
    file = _file(config, org_id, url)
    file.parent.mkdir(parents=True, exist_ok=True)
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([_safe(cell) for cell in row])
    with file.open("ab") as end:
        fcntl.flock(end, fcntl.LOCK_EX)
        size = end.seek(0, os.SEEK_END)
        if size > MAX_BYTES:
            raise Invalid("sheet", f"{file.stem} is full: it has {MAX_BYTES:,} bytes")
        end.write(_ending(file, size) + line.getvalue().encode())
        end.flush()
        os.fsync(end.fileno())


def read_sheet(config: Config, org_id: int, name: str) -> bytes:
    """The whole sheet as CSV. Raises NotFound; Invalid(sheet)."""
    file = _file(config, org_id, name)
    try:
        return file.read_bytes()
    except FileNotFoundError as fault:
        raise NotFound(f"there is no sheet {file.stem}", key="sheet") from fault


def put_sheet(config: Config, org_id: int, name: str, data: bytes) -> int:
    """The sheet holds `data` and nothing else; how many rows that are. Raises Invalid(sheet).

    Readers see the old sheet or the new one. A row that is added at that very moment may be lost.
    """
    file = _file(config, org_id, name)
    try:
        rows = sum(1 for _ in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error) as fault:
        raise Invalid("sheet", f"is no CSV in UTF-8: {fault}") from fault
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".new-", delete=False) as new:
        new.write(data)
    Path(new.name).replace(file)
    return rows


def row_with_key(lines: Iterable[str], key: str) -> dict[str, str] | None:
    """The first row whose first column is `key`, without regard to case and blanks around it.

    The first line names the columns. Raises csv.Error.
    """
    rows = csv.reader(lines)
    columns = next(rows, [])
    wanted = key.strip().lower()
    for row in rows:
        if row and row[0].strip().lower() == wanted:
            return {name.strip(): cell for name, cell in zip(columns, row, strict=False) if name}
    return None


def _directory(config: Config, org_id: int) -> Path:
    return config.data_dir / "sheets" / str(org_id)


def _file(config: Config, org_id: int, url: str) -> Path:
    name = url.removeprefix(SCHEME).strip()
    if not _NAME.fullmatch(name):
        raise Invalid("sheet", "must be named by letters, digits, blanks, dots and hyphens")
    return _directory(config, org_id) / f"{name}.csv"


def _safe(cell: str) -> str:
    text = cell.replace("\0", "")
    return f"'{text}" if _FORMULA.match(text) else text


def _ending(file: Path, size: int) -> bytes:
    """The end of line that the last row lacks."""
    if size == 0:
        return b""
    with file.open("rb") as written:
        written.seek(size - 1)
        return b"" if written.read(1) == b"\n" else b"\n"
