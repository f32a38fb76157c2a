"""Conversations of rooms in the inboxes of those who belong to them (owners, admins, members).

One statement writes all of a room's lines, however many people it has.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    delete,
    func,
    literal,
    not_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from app.core.context import Ctx
from app.models.chat import ChatAccount, ChatInboxEntry, ChatRoomAffiliation

#: XEP-0045 5.2: who belongs to a room.
NAMED: Final = ("owner", "admin", "member")


@dataclass(frozen=True, slots=True)
class RoomLine:
    """The last of some messages of a room, as everybody has it."""

    room_id: int
    jid: str
    stanza_id: str
    sent_at: datetime
    stanza: str


async def note_room(ctx: Ctx, line: RoomLine, unread: int, read: Mapping[str, int]) -> None:
    """Everybody of the room has the line, with so many more unread messages.

    Who spoke or said that he has read (`read`: bare address -> what came after that) has exactly
    as many unread as came after it.
    """
    await _hold(ctx, line.jid)
    mine = _named_as(read)
    others = _people(ctx, line.room_id)
    if read:
        others = others.where(not_(mine))
    await ctx.session.execute(_upsert(ctx, line, others, literal(unread), adds=True))
    for count in sorted(set(read.values())):
        readers = [who for who, after in read.items() if after == count]
        people = _people(ctx, line.room_id).where(_named_as(readers))
        await ctx.session.execute(_upsert(ctx, line, people, literal(count), adds=False))


async def read_room(ctx: Ctx, jid: str, people: Collection[str]) -> None:
    """These bare addresses have read all that was said in the room."""
    if people:
        await _hold(ctx, jid)
        await ctx.session.execute(
            update(ChatInboxEntry)
            .where(*_lines(ctx, jid), _of_accounts(ctx, _named_as(people)))
            .values(unread=0)
        )


async def note_each(
    ctx: Ctx, jid: str, stanza_id: str, stanzas: Mapping[str, str], by: str
) -> None:
    """Each of these people has his stanza as the room's last, unread but for who caused it."""
    await _hold(ctx, jid)
    now = ctx.clock.now()
    accounts = await ctx.session.execute(
        select(col(ChatAccount.id), col(ChatAccount.username), col(ChatAccount.domain)).where(
            col(ChatAccount.organization_id) == ctx.org_id, _named_as(stanzas)
        )
    )
    rows = [
        {
            "organization_id": ctx.org_id,
            "account_id": account_id,
            "peer": jid,
            "box": "inbox",
            "unread": int(f"{username}@{domain}" != by),
            "last_at": now,
            "stanza_id": stanza_id,
            "stanza": stanzas[f"{username}@{domain}"],
            "inserted_at": now,
            "updated_at": now,
        }
        for account_id, username, domain in accounts
    ]
    if rows:
        made = insert(ChatInboxEntry).values(rows)
        await ctx.session.execute(_on_conflict(made, adds=True))


async def forget(ctx: Ctx, jid: str, people: Collection[str]) -> None:
    """The room is in the inboxes of these bare addresses no more."""
    if people:
        await _hold(ctx, jid)
        await ctx.session.execute(
            delete(ChatInboxEntry).where(*_lines(ctx, jid), _of_accounts(ctx, _named_as(people)))
        )


async def forget_room(ctx: Ctx, room_id: int, jid: str) -> None:
    """The room, which is about to go, is in no inbox of its people any more."""
    await _hold(ctx, jid)
    accounts = _people(ctx, room_id).with_only_columns(col(ChatAccount.id))
    await ctx.session.execute(
        delete(ChatInboxEntry).where(
            *_lines(ctx, jid), col(ChatInboxEntry.account_id).in_(accounts)
        )
    )


async def _hold(ctx: Ctx, jid: str) -> None:
    """Nobody else writes lines of the room until the unit of work ends.

    Two who speak at once would else each hold the other's line. Whoever holds several rooms takes
    them by the ids of their rows.
    """
    key = func.hashtextextended(f"inbox {jid}", 0)
    await ctx.session.execute(select(func.pg_advisory_xact_lock(key)))


def _people(ctx: Ctx, room_id: int) -> Select[Any]:
    """The accounts of those who belong to the room."""
    address = col(ChatRoomAffiliation.jid)
    return (
        select(col(ChatAccount.id))
        .join(
            ChatRoomAffiliation,
            and_(
                col(ChatAccount.username) == func.split_part(address, "@", 1),
                col(ChatAccount.domain) == func.split_part(address, "@", 2),
            ),
        )
        .where(
            col(ChatRoomAffiliation.room_id) == room_id,
            col(ChatRoomAffiliation.affiliation).in_(NAMED),
            col(ChatAccount.organization_id) == ctx.org_id,
        )
    )


def _upsert(
    ctx: Ctx, line: RoomLine, people: Select[Any], unread: ColumnElement[int], *, adds: bool
) -> Any:
    now = ctx.clock.now()
    values: dict[str, Any] = {
        "organization_id": ctx.org_id,
        "peer": line.jid,
        "box": "inbox",
        "unread": unread,
        "last_at": line.sent_at,
        "stanza_id": line.stanza_id,
        "stanza": line.stanza,
        "inserted_at": now,
        "updated_at": now,
    }
    names = ["account_id", *values]
    chosen = people.with_only_columns(
        col(ChatAccount.id),
        *(
            value if isinstance(value, ColumnElement) else literal(value)
            for value in values.values()
        ),
    )
    return _on_conflict(insert(ChatInboxEntry).from_select(names, chosen), adds=adds)


def _on_conflict(made: Any, *, adds: bool) -> Any:
    """As `inbox.note`: what somebody else said brings a conversation back from archive and bin."""
    told = made.excluded
    is_newer = told.last_at >= col(ChatInboxEntry.last_at)
    changes = {
        name: case((is_newer, told[name]), else_=getattr(ChatInboxEntry, name))
        for name in ("last_at", "stanza_id", "stanza")
    }
    unread = col(ChatInboxEntry.unread) + told.unread if adds else told.unread
    box = case((told.unread > 0, "inbox"), else_=col(ChatInboxEntry.box))
    return made.on_conflict_do_update(
        constraint="uq_chat_inbox_peer",
        set_={**changes, "unread": unread, "box": box, "updated_at": told.updated_at},
    )


def _named_as(people: Collection[str]) -> ColumnElement[bool]:
    names = [tuple(who.partition("@")[::2]) for who in people]
    return tuple_(col(ChatAccount.username), col(ChatAccount.domain)).in_(names)


def _lines(ctx: Ctx, jid: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (
        col(ChatInboxEntry.organization_id) == ctx.org_id,
        col(ChatInboxEntry.peer) == jid,
    )


def _of_accounts(ctx: Ctx, named: ColumnElement[bool]) -> ColumnElement[bool]:
    accounts = select(col(ChatAccount.id)).where(
        col(ChatAccount.organization_id) == ctx.org_id, named
    )
    return col(ChatInboxEntry.account_id).in_(accounts)
