"""What an account has left on the chat server, section by section, in bounded pages.

Secrets are not among it: keys of passwords stay where they are. Messages are those of the
account's own archive, and what it said in rooms.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlmodel import col

from app.core.context import Ctx
from app.core.services import Config, Services
from app.core.uow import unit_of_work
from app.domain.chat import bans
from app.domain.chat.accounts import get_account
from app.domain.chat.uploads import path_of_file
from app.models import Contact
from app.models.chat import (
    ChatAccount,
    ChatArchive,
    ChatArchivePreference,
    ChatFastToken,
    ChatInboxEntry,
    ChatLastActivity,
    ChatPrivacyList,
    ChatPrivate,
    ChatPubsubItem,
    ChatPubsubNode,
    ChatPushSession,
    ChatRoom,
    ChatRoomAffiliation,
    ChatRoomArchive,
    ChatRoomBlock,
    ChatRoomNick,
    ChatRoomSubscriber,
    ChatSharedGroup,
    ChatSpool,
    ChatUpload,
    ChatVcard,
    RosterItem,
)

#: Rows that one page has at most.
PAGE: Final = 500

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Whose:
    """The account that is asked about."""

    org_id: int
    account_id: int
    address: str


@dataclass(frozen=True, slots=True)
class Section:
    """Rows of one table: which are the account's, and which of their columns are shown."""

    name: str
    model: Any
    columns: tuple[str, ...]
    is_theirs: Callable[[Whose], ColumnElement[bool]]
    #: A table that is joined for one more value, as (table, condition, name, column).
    place: tuple[Any, ColumnElement[bool], str, Any] | None = None


def _own(name: str, model: Any, *columns: str) -> Section:
    return Section(name, model, columns, lambda whose: model.account_id == whose.account_id)


def _by_jid(name: str, model: Any, column: str, *columns: str) -> Section:
    """Rows that hold the address, with the room that they are about where it is one."""
    place = None
    if hasattr(model, "room_id") and "place" not in columns:
        place = (ChatRoom, col(ChatRoom.id) == model.room_id, "room", col(ChatRoom.jid))
    own = getattr(model, column)
    return Section(name, model, columns, lambda whose: own == whose.address, place)


_NODE: Final = (
    ChatPubsubNode,
    col(ChatPubsubNode.id) == col(ChatPubsubItem.node_id),
    "node",
    col(ChatPubsubNode.name),
)
_NODE_COLUMNS: Final = ("name", "title", "access", "max_items", "is_persistent", "whitelist")

#: In this order. A test compares them with the tables that can hold something of an account.
SECTIONS: Final[tuple[Section, ...]] = (
    _own("vcard", ChatVcard, "xml", "updated_at"),
    _own("last_activity", ChatLastActivity, "seen_at", "status"),
    _own("roster", RosterItem, "jid", "name", "subscription", "ask", "pending_in", "groups"),
    _own("privacy_lists", ChatPrivacyList, "name", "is_default", "items"),
    _own("archive_preferences", ChatArchivePreference, "policy", "always", "never"),
    _own("private_storage", ChatPrivate, "name", "xml", "updated_at"),
    _own("nodes", ChatPubsubNode, *_NODE_COLUMNS),
    Section(
        "items",
        ChatPubsubItem,
        ("item_id", "publisher", "published_at", "payload"),
        lambda whose: col(ChatPubsubNode.account_id) == whose.account_id,
        _NODE,
    ),
    _own("push_sessions", ChatPushSession, "service", "node", "resource", "inserted_at"),
    _own("login_tokens", ChatFastToken, "mechanism", "inserted_at", "expires_at", "used_at"),
    _own("uploads", ChatUpload, "filename", "content_type", "size_bytes", "asked_at", "token"),
    _by_jid("rooms", ChatRoomAffiliation, "jid", "affiliation", "reason"),
    _by_jid("room_nicks", ChatRoomNick, "jid", "place", "nick"),
    _by_jid("room_subscriptions", ChatRoomSubscriber, "jid", "nick", "nodes"),
    _by_jid("room_blocks", ChatRoomBlock, "owner", "what", "jid"),
    Section(
        "shared_groups",
        ChatSharedGroup,
        ("domain", "name", "label"),
        lambda whose: col(ChatSharedGroup.members).contains([whose.address]),
    ),
    _own("inbox", ChatInboxEntry, "peer", "box", "unread", "last_at", "muted_until", "stanza"),
    _own("offline", ChatSpool, "stanza_id", "stored_at", "stanza"),
    _own("archive", ChatArchive, "peer", "stanza_id", "sent_at", "stanza"),
    _by_jid("room_messages", ChatRoomArchive, "sender", "nick", "stanza_id", "sent_at", "stanza"),
)


async def whose(ctx: Ctx, username: str, domain: str) -> Whose:
    """The account that is asked about. Raises NotFound."""
    account = await get_account(ctx, username, domain)
    return Whose(ctx.org_id, account.id, f"{account.username}@{account.domain}")


async def profile(ctx: Ctx, of: Whose) -> Row:
    """The account itself, and the contact whose it is."""
    account = await ctx.session.get(ChatAccount, of.account_id)
    assert account is not None, "looked up in the same transaction"
    contact = await ctx.session.get(Contact, account.contact_id) if account.contact_id else None
    ban = bans.ban_of(account, ctx.clock.now())
    return {
        "address": of.address,
        "made_at": account.inserted_at.isoformat(),
        "has_password": account.scram_sha256 is not None,
        "ban": None
        if ban is None
        else {
            "reason": ban.reason,
            "since": ban.since.isoformat(),
            "until": None if ban.until is None else ban.until.isoformat(),
        },
        "contact": None if contact is None else {"name": contact.name, "phone": contact.phone},
    }


async def page(ctx: Ctx, of: Whose, section: Section, after: int = 0) -> tuple[list[Row], int]:
    """At most PAGE rows of a section after a number, and the number that the next page is after.

    0 says that there is no next page.
    """
    id_ = section.model.id
    columns = {name: getattr(section.model, name) for name in section.columns}
    if section.place is not None:
        _, _, name, column = section.place
        columns = {name: column, **columns}
    statement = select(id_, *columns.values()).select_from(section.model)
    if section.place is not None:
        table, condition, _, _ = section.place
        statement = statement.join(table, condition)
    statement = statement.where(
        section.model.organization_id == ctx.org_id, section.is_theirs(of), id_ > after
    )
    found = (await ctx.session.execute(statement.order_by(id_).limit(PAGE))).all()
    rows = [_shown(ctx.services.config, dict(zip(columns, row[1:], strict=True))) for row in found]
    return rows, int(found[-1][0]) if len(found) == PAGE else 0


async def pages(services: Services, of: Whose) -> AsyncIterator[tuple[str, list[Row]]]:
    """Every section with its rows, page by page, each read in a transaction of its own."""
    async with unit_of_work(services, org_id=of.org_id) as ctx:
        account = await profile(ctx, of)
    yield "account", [account]
    for section in SECTIONS:
        after, is_first = 0, True
        while is_first or after:
            async with unit_of_work(services, org_id=of.org_id) as ctx:
                rows, after = await page(ctx, of, section, after)
            yield section.name, rows
            is_first = False


def _shown(config: Config, row: Row) -> Row:
    """Values that JSON has; an upload with the address at which it is."""
    shown = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
    }
    if "token" in shown:
        path = path_of_file(config, shown["token"], shown["filename"])
        shown["url"] = f"{config.public_url.rstrip('/')}{path}"
    return shown
