"""SQL of accounts, archive and spool."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, all_, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlmodel import col

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
_NOT_ON_THEIR_WAY = col(ChatSpool.id) != all_(bindparam("but", type_=ARRAY(BigInteger)))
_OLDEST = (
    select(ChatSpool)
    .where(
        col(ChatSpool.organization_id) == bindparam("org_id"),
        col(ChatSpool.account_id).in_(bindparam("account_ids", expanding=True)),
        _NOT_ON_THEIR_WAY,
    )
    .order_by(col(ChatSpool.id))
    .limit(bindparam("most"))
)
_FORGET = (
    delete(ChatSpool)
    .where(col(ChatSpool.id).in_(bindparam("ids", expanding=True)))
    .execution_options(synchronize_session=False)
)
_ADD_TO_ARCHIVE = insert(ChatArchive).on_conflict_do_nothing()
_ADD_TO_SPOOL = insert(ChatSpool).on_conflict_do_nothing()


class AccountRepository(Repository[ChatAccount]):
    """Accounts by name and by contact."""

    model = ChatAccount
    resource = "Chat.Account"
    unique = {"uq_chat_accounts_username": "username"}

    async def by_name(self, username: str, domain: str) -> ChatAccount | None:
        """The account `username@domain`, names as they are stored."""
        where = (col(ChatAccount.username) == username, col(ChatAccount.domain) == domain)
        return (await self.ctx.session.scalars(self.query().where(*where))).one_or_none()

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

    async def add_many(self, rows: Sequence[dict[str, Any]]) -> None:
        """Insert all in one statement; those that are there already stay as they are."""
        if rows:
            await self.ctx.session.execute(_ADD_TO_ARCHIVE, list(rows))


class SpoolRepository(Repository[ChatSpool]):
    """What waits for sockets."""

    model = ChatSpool
    resource = "Chat.Spool"

    async def add_many(self, rows: Sequence[dict[str, Any]]) -> None:
        """Insert all in one statement; those that are there already stay as they are."""
        if rows:
            await self.ctx.session.execute(_ADD_TO_SPOOL, list(rows))

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
        of |= {"but": list(but), "most": limit}
        return (await self.ctx.session.scalars(_OLDEST, of)).all()

    async def forget(self, ids: Sequence[int]) -> None:
        """Remove rows that clients have."""
        await self.ctx.session.execute(_FORGET, {"ids": list(ids)})

    async def waiting(
        self, account_ids: Sequence[int], before: datetime, but: Sequence[int]
    ) -> Sequence[int]:
        """Which of the accounts have rows stored before a moment, without the rows `but`."""
        statement = (
            self.query()
            .with_only_columns(col(ChatSpool.account_id))
            .where(col(ChatSpool.account_id).in_(account_ids), col(ChatSpool.stored_at) < before)
            .where(_NOT_ON_THEIR_WAY)
            .distinct()
        )
        return (await self.ctx.session.scalars(statement, {"but": list(but)})).all()
