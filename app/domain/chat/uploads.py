"""Uploads (XEP-0363): slots with signed addresses, and the files that fill them."""

from __future__ import annotations

import asyncio
import hmac
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import quote, urlencode

from sqlmodel import col, func, select

from app.core.context import Ctx
from app.core.errors import NotFound, Refused, TooMany
from app.core.services import Config, Services
from app.models.chat import ChatUpload

#: How long a slot waits for its file.
PUT_WITHIN: Final = timedelta(hours=1)
MAX_NAME: Final = 255
#: Slots of one account in a day, and their bytes as a multiple of the largest file.
MAX_PER_DAY: Final = 200
#: Characters of a signature: 132 bits.
SIGNATURE: Final = 22


class TooLarge(Refused):
    """The file is larger than the installation takes; `max_bytes` says how much it does."""

    code, http, condition = "too_large", 413, "not-acceptable"

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"A file has at most {max_bytes} bytes.")
        self.max_bytes = max_bytes


class NotTaken(Refused):
    """Files of this type are not taken."""

    code, http, condition = "type_not_taken", 415, "not-acceptable"


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a file goes, and where it is then."""

    put_url: str
    get_url: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """The file that an account wants to send."""

    filename: str
    size_bytes: int
    content_type: str


async def request_slot(ctx: Ctx, account_id: int, wanted: Wanted) -> Slot:
    """A slot for exactly this file. Raises TooLarge, NotTaken, TooMany."""
    return slot_of(ctx.services.config, await _add_slot(ctx, account_id, wanted))


async def keep_file(ctx: Ctx, account_id: int, wanted: Wanted, file: BinaryIO) -> Slot:
    """The file is in a slot of its own. Raises as `request_slot` does.

    For files that came by another way than the slot's address, such as a form of a page.
    """
    row = await _add_slot(ctx, account_id, wanted)
    place = place_of(ctx.services.config, row.token)
    await asyncio.to_thread(_write, file, place)
    row.stored_at = ctx.clock.now()
    return slot_of(ctx.services.config, row)


def _write(file: BinaryIO, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_suffix(".part")
    with part.open("wb") as out:
        shutil.copyfileobj(file, out)
    part.replace(place)


async def _add_slot(ctx: Ctx, account_id: int, wanted: Wanted) -> ChatUpload:
    config, now = ctx.services.config, ctx.clock.now()
    name = Path(wanted.filename.replace("\\", "/")).name[-MAX_NAME:] or "file"
    if not 0 < wanted.size_bytes <= config.upload_max_bytes:
        raise TooLarge(config.upload_max_bytes)
    kind = media_type(wanted.content_type)
    if not any(fnmatchcase(kind, pattern) for pattern in config.upload_types):
        raise NotTaken(f"Files of type {kind} are not taken.")
    asked = select(func.count()).where(
        col(ChatUpload.organization_id) == ctx.org_id,
        col(ChatUpload.account_id) == account_id,
        col(ChatUpload.asked_at) > now - timedelta(days=1),
    )
    if (await ctx.session.scalar(asked) or 0) >= MAX_PER_DAY:
        raise TooMany("That is enough for a day.", retry_after_s=3600)
    row = ChatUpload(
        organization_id=ctx.org_id,
        account_id=account_id,
        token=ctx.ids.token(18),
        filename=name,
        content_type=kind,
        size_bytes=wanted.size_bytes,
        asked_at=now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


def slot_of(config: Config, row: ChatUpload) -> Slot:
    """The signed addresses of a slot. That for GET stays good; that for PUT does not."""
    get_url = f"{config.public_url.rstrip('/')}{path_of(config, row)}"
    until = int((row.asked_at + PUT_WITHIN).timestamp())
    query = {"until": str(until), "sig": _sign(config, "put", row.token, str(until))}
    return Slot(f"{get_url}?{urlencode(query)}", get_url)


def path_of(config: Config, row: ChatUpload) -> str:
    """The path below `public_url` at which the file is."""
    return f"/upload/{row.token}/{_sign(config, 'get', row.token, '')}/{quote(row.filename)}"


def may_get(config: Config, token: str, signature: str) -> bool:
    """Whether the address was given by us."""
    return hmac.compare_digest(_sign(config, "get", token, ""), signature)


def may_put(config: Config, token: str, until: str, signature: str, now: datetime) -> bool:
    """Whether the address was given by us and is still good."""
    if not until.isascii() or not until.isdigit() or len(until) > 12:
        return False
    is_ours = hmac.compare_digest(_sign(config, "put", token, until), signature)
    return is_ours and now <= datetime.fromtimestamp(int(until), UTC)


def _sign(config: Config, what: str, token: str, until: str) -> str:
    text = f"upload:{what}:{token}:{until}".encode()
    return hmac.digest(config.secret_key.encode(), text, "sha256").hex()[: SIGNATURE * 3 // 2]


def media_type(given: str) -> str:
    """The type without parameters, in lower case; that of any bytes where none is given."""
    return given.partition(";")[0].strip().lower() or "application/octet-stream"


def place_of(config: Config, token: str) -> Path:
    """The file of a slot. The token is one of ours: it has no separator and no dot."""
    return config.data_dir / "uploads" / token[:2] / token


async def find_upload(services: Services, token: str) -> ChatUpload | None:
    """The slot, of whichever organization: whoever has the address may have the file."""
    async with services.db.session() as session:
        statement = select(ChatUpload).where(col(ChatUpload.token) == token)
        return (await session.scalars(statement)).one_or_none()


async def mark_stored(ctx: Ctx, token: str) -> None:
    """The file is there. Raises NotFound."""
    statement = select(ChatUpload).where(
        col(ChatUpload.token) == token, col(ChatUpload.organization_id) == ctx.org_id
    )
    row = (await ctx.session.scalars(statement)).one_or_none()
    if row is None:
        raise NotFound("There is no such slot.")
    row.stored_at = ctx.clock.now()


async def remove_older(services: Services, before: datetime, limit: int = 500) -> int:
    """Uploads that were asked for before a moment are gone with their files; how many went."""
    async with services.db.session() as session, session.begin():
        statement = select(ChatUpload).where(col(ChatUpload.asked_at) < before).limit(limit)
        rows: Sequence[ChatUpload] = (await session.scalars(statement)).all()
        for row in rows:
            place_of(services.config, row.token).unlink(missing_ok=True)
            await session.delete(row)
    return len(rows)
