"""Elements that clients keep for themselves (XEP-0049)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from app.core.context import Ctx
from app.core.errors import TooMany
from app.core.repository import Repository
from app.models.chat import ChatPrivate

MAX_ELEMENTS: Final = 100


class PrivateRepository(Repository[ChatPrivate]):
    """Elements by account and name."""

    model = ChatPrivate
    resource = "Chat.Private"

    async def of_account(self, account_id: int) -> Sequence[ChatPrivate]:
        """Every element of an account, by name."""
        statement = self.query().where(col(ChatPrivate.account_id) == account_id)
        return (await self.ctx.session.scalars(statement.order_by(col(ChatPrivate.name)))).all()


async def find(ctx: Ctx, account_id: int, name: str) -> str | None:
    """The element `{namespace}local` as XML, None if nothing was stored."""
    rows = await PrivateRepository(ctx).of_account(account_id)
    return next((row.xml for row in rows if row.name == name), None)


async def store(ctx: Ctx, account_id: int, name: str, xml: str) -> None:
    """The element replaces the one of its name. Raises TooMany."""
    rows = await PrivateRepository(ctx).of_account(account_id)
    if len(rows) >= MAX_ELEMENTS and all(row.name != name for row in rows):
        raise TooMany(f"An account keeps at most {MAX_ELEMENTS} elements.")
    now = ctx.clock.now()
    whose = {"organization_id": ctx.org_id, "account_id": account_id, "name": name}
    made = insert(ChatPrivate).values(**whose, xml=xml, inserted_at=now, updated_at=now)
    await ctx.session.execute(
        made.on_conflict_do_update(
            constraint="uq_chat_private_name", set_={"xml": xml, "updated_at": now}
        )
    )
