"""SQL of accounts, archive and spool."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from app.core.repository import Repository
from app.models.chat import ChatAccount, ChatArchive, ChatSpool


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
        """The contact's account, the oldest when there are several."""
        statement = self.query().where(col(ChatAccount.contact_id) == contact_id)
        first = statement.order_by(col(ChatAccount.id)).limit(1)
        return (await self.ctx.session.scalars(first)).one_or_none()


class ArchiveRepository(Repository[ChatArchive]):
    """Messages as accounts saw them."""

    model = ChatArchive
    resource = "Chat.Archive"

    async def add_many(self, rows: Sequence[dict[str, Any]]) -> None:
        """Insert all in one statement; those that are there already stay as they are."""
        if rows:
            await self.ctx.session.execute(
                insert(ChatArchive).values(list(rows)).on_conflict_do_nothing()
            )


class SpoolRepository(Repository[ChatSpool]):
    """What waits for sockets."""

    model = ChatSpool
    resource = "Chat.Spool"

    async def add_many(self, rows: Sequence[dict[str, Any]]) -> None:
        """Insert all in one statement; those that are there already stay as they are."""
        if rows:
            await self.ctx.session.execute(
                insert(ChatSpool).values(list(rows)).on_conflict_do_nothing()
            )

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

    async def oldest(self, account_id: int, limit: int) -> Sequence[ChatSpool]:
        """The next rows of an account, oldest first."""
        statement = self.query().where(col(ChatSpool.account_id) == account_id)
        rows = await self.ctx.session.scalars(statement.order_by(col(ChatSpool.id)).limit(limit))
        return rows.all()

    async def forget(self, ids: Sequence[int]) -> None:
        """Remove rows that a socket has taken."""
        await self.ctx.session.execute(delete(ChatSpool).where(col(ChatSpool.id).in_(ids)))

    async def waiting(self, account_ids: Sequence[int], before: datetime) -> Sequence[int]:
        """Which of the accounts have rows stored before a moment."""
        statement = (
            self.query()
            .with_only_columns(col(ChatSpool.account_id))
            .where(col(ChatSpool.account_id).in_(account_ids), col(ChatSpool.stored_at) < before)
            .distinct()
        )
        return (await self.ctx.session.scalars(statement)).all()
