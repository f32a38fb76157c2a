"""SQL of accounts, archive and spool."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Executable,
    String,
    all_,
    any_,
    bindparam,
    delete,
    func,
    select,
)
from sqlmodel import col

from app.core.prepared import InsertMany, Prepared, Rows
from app.core.repository import Repository
from app.models import Organization
from app.models.chat import ChatAccount, ChatArchive, ChatSpool

# Made once: these run for every message, and to put one together costs as much as to run it.
_OF_CONTACT = (
    select(ChatAccount, Organization)
    .join(Organization, col(Organization.id) == col(ChatAccount.organization_id))
    .where(
        col(ChatAccount.organization_id) == bindparam("org_id"),
        col(ChatAccount.contact_id) == bindparam("contact_id"),
    )
    .order_by(col(ChatAccount.id))
    .limit(1)
)
_IDS = ARRAY(BigInteger)
_NAMED = Rows(
    ChatAccount,
    lambda rows: rows.where(
        col(ChatAccount.organization_id) == bindparam("org_id"),
        col(ChatAccount.domain) == any_(bindparam("domains", type_=ARRAY(String))),
        col(ChatAccount.username) == any_(bindparam("usernames", type_=ARRAY(String))),
        ~col(ChatAccount.is_disabled),
    ),
)
_WAITING = (
    col(ChatSpool.organization_id) == bindparam("org_id"),
    col(ChatSpool.account_id) == any_(bindparam("account_ids", type_=_IDS)),
    col(ChatSpool.id) != all_(bindparam("but", type_=_IDS)),
)
_OLDEST = Rows(
    ChatSpool,
    lambda rows: rows.where(*_WAITING).order_by(col(ChatSpool.id)).limit(bindparam("most")),
)
_LEFT = Prepared(
    select(col(ChatSpool.account_id))
    .where(*_WAITING, col(ChatSpool.stored_at) < bindparam("before"))
    .distinct()
)
_FORGET = Prepared(delete(ChatSpool).where(col(ChatSpool.id) == any_(bindparam("ids", type_=_IDS))))


def _unless_there(statement: Any) -> Executable:
    return statement.on_conflict_do_nothing()  # type: ignore[no-any-return]  # an insert


_OWN = ("organization_id", "account_id", "stanza_id", "stanza", "inserted_at", "updated_at")
_KEPT = ("account_id", "peer", "stanza_id", "sent_at", "stanza")
_KEEP = InsertMany(
    ChatArchive,
    *_KEPT,
    same=("organization_id", "inserted_at", "updated_at"),
    finish=_unless_there,
)
_ADD_TO_SPOOL = InsertMany(ChatSpool, *_OWN, "stored_at", finish=_unless_there)


class AccountRepository(Repository[ChatAccount]):
    """Accounts by name and by contact."""

    model = ChatAccount
    resource = "Chat.Account"
    unique = {"uq_chat_accounts_username": "username"}

    async def by_name(self, username: str, domain: str) -> ChatAccount | None:
        """The account `username@domain`, names as they are stored."""
        where = (col(ChatAccount.username) == username, col(ChatAccount.domain) == domain)
        return (await self.ctx.session.scalars(self.query().where(*where))).one_or_none()

    async def by_names(self, usernames: Sequence[str], domains: Sequence[str]) -> list[ChatAccount]:
        """Accounts of any of the names at any of the domains, but disabled ones; read only."""
        of = {"org_id": self.ctx.org_id, "usernames": list(usernames)}
        rows = await self.ctx.fetch(_NAMED, domains=list(set(domains)), **of)
        return [_NAMED.made_of(row) for row in rows]

    async def of_contact(self, contact_id: int) -> ChatAccount | None:
        """The contact's account, the oldest when there are several.

        Its organization comes with it, so that asking the session for that costs no query.
        """
        of = {"org_id": self.ctx.org_id, "contact_id": contact_id}
        found = (await self.ctx.session.execute(_OF_CONTACT, of)).one_or_none()
        return found[0] if found else None


class ArchiveRepository(Repository[ChatArchive]):
    """Messages as accounts saw them."""

    model = ChatArchive
    resource = "Chat.Archive"

    def add_many(self, rows: Sequence[Any]) -> None:
        """All will be there at the commit, by one statement; those there already stay as they are.

        A row has the attributes `_KEPT`.
        """
        if rows:
            now = self.ctx.clock.now()
            lists = {name: list(map(attrgetter(name), rows)) for name in _KEPT}
            self.ctx.write(
                _KEEP, **lists, organization_id=self.ctx.org_id, inserted_at=now, updated_at=now
            )


class SpoolRepository(Repository[ChatSpool]):
    """What waits for sockets."""

    model = ChatSpool
    resource = "Chat.Spool"

    def add_many(self, rows: Sequence[dict[str, Any]]) -> None:
        """All will be there at the commit, by one statement; those there already stay as they are."""
        if rows:
            now = self.ctx.clock.now()
            made = [{"inserted_at": now, "updated_at": now, **row} for row in rows]
            self.ctx.write(_ADD_TO_SPOOL, **_ADD_TO_SPOOL.of(made))

    async def sizes(self, account_ids: Collection[int]) -> dict[int, int]:
        """How many rows wait for each of the accounts that have any."""
        statement = (
            self.query()
            .with_only_columns(col(ChatSpool.account_id), func.count())
            .where(col(ChatSpool.account_id).in_(account_ids))
            .group_by(col(ChatSpool.account_id))
        )
        rows = (await self.ctx.session.execute(statement)).all()
        return {account_id: count for account_id, count in rows}

    async def oldest(
        self, account_ids: Sequence[int], but: Sequence[int], limit: int
    ) -> Sequence[ChatSpool]:
        """The next rows of the accounts, oldest first, without the rows `but`."""
        of = {"org_id": self.ctx.org_id, "account_ids": list(account_ids)}
        return await self.ctx.load(_OLDEST, but=list(but), most=limit, **of)

    def forget(self, ids: Sequence[int]) -> None:
        """Rows that clients have are gone at the commit."""
        self.ctx.write(_FORGET, ids=list(ids))

    async def waiting(
        self, account_ids: Sequence[int], before: datetime, but: Sequence[int]
    ) -> Sequence[int]:
        """Which of the accounts have rows stored before a moment, without the rows `but`."""
        of = {"org_id": self.ctx.org_id, "account_ids": list(account_ids)}
        return [id_ for (id_,) in await self.ctx.fetch(_LEFT, but=list(but), before=before, **of)]
