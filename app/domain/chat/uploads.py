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

from sqlalchemy import ColumnElement, delete
from sqlmodel import col, func, select

from app.core.context import Ctx
from app.core.errors import NotFound, Refused, TooMany
from app.core.services import Config, Services
from app.domain.chat.domain_settings import DomainSettings, settings_of
from app.models.chat import ChatAccount, ChatUpload

#: How long a slot waits for its file.
PUT_WITHIN: Final = timedelta(hours=1)
MAX_NAME: Final = 255
#: Slots of one account in a day, and their bytes as a multiple of the largest file.
MAX_PER_DAY: Final = 200
#: Uploads that one removal takes.
BATCH: Final = 500
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
    now = ctx.clock.now()
    settings = await _settings_of_account(ctx, account_id)
    name = Path(wanted.filename.replace("\\", "/")).name[-MAX_NAME:] or "file"
    if not 0 < wanted.size_bytes <= settings.upload_max_bytes:
        raise TooLarge(settings.upload_max_bytes)
    kind = media_type(wanted.content_type)
    if not any(fnmatchcase(kind, pattern) for pattern in settings.upload_types):
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


async def _settings_of_account(ctx: Ctx, account_id: int) -> DomainSettings:
    account = await ctx.session.get(ChatAccount, account_id)
    return await settings_of(ctx.services, account.domain if account is not None else "")


def slot_of(config: Config, row: ChatUpload) -> Slot:
    """The signed addresses of a slot. That for GET stays good; that for PUT does not."""
    get_url = f"{config.public_url.rstrip('/')}{path_of(config, row)}"
    until = int((row.asked_at + PUT_WITHIN).timestamp())
    query = {"until": str(until), "sig": _sign(config, "put", row.token, str(until))}
    return Slot(f"{get_url}?{urlencode(query)}", get_url)


def path_of(config: Config, row: ChatUpload) -> str:
    """The path below `public_url` at which the file is."""
    return path_of_file(config, row.token, row.filename)


def path_of_file(config: Config, token: str, filename: str) -> str:
    """The same for the slot's token and the file's name."""
    return f"/upload/{token}/{_sign(config, 'get', token, '')}/{quote(filename)}"


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
    async with services.db.reading() as session:
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


async def remove_old(services: Services) -> int:
    """Slots that nobody filled in a day are gone, and files older than UPLOAD_KEEP_DAYS; how many.

    At most BATCH of each: the next time takes more.
    """
    now, keep_days = services.clock.now(), services.config.upload_keep_days
    unfilled = col(ChatUpload.stored_at).is_(None)
    # A day, since slots count for that long (MAX_PER_DAY).
    gone = await _remove(services, now - timedelta(days=1), unfilled)
    if keep_days > 0:
        gone += await remove_older(services, now - timedelta(days=keep_days))
    return gone


async def remove_older(services: Services, before: datetime) -> int:
    """Uploads that were asked for before a moment are gone with their files; how many went."""
    return await _remove(services, before)


async def _remove(services: Services, before: datetime, *which: ColumnElement[bool]) -> int:
    async with services.db.session() as session, session.begin():
        statement = select(ChatUpload).where(col(ChatUpload.asked_at) < before, *which)
        statement = statement.order_by(col(ChatUpload.asked_at)).limit(BATCH)
        rows = (await session.scalars(statement.with_for_update(skip_locked=True))).all()
        # The files first: a row without its file is found again, a file without its row never.
        places = [place_of(services.config, row.token) for row in rows]
        await asyncio.to_thread(_unlink, places)
        ids = [row.id for row in rows]
        await session.execute(delete(ChatUpload).where(col(ChatUpload.id).in_(ids)))
    return len(rows)


def _unlink(places: Sequence[Path]) -> None:
    for place in places:
        place.unlink(missing_ok=True)
