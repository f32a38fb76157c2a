"""Queries over broadcasts and those they are for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Select, func, insert, literal, select, update

from app.core.repository import Repository
from app.models import Broadcast, BroadcastContact, Contact, ContactGroup, Group, Message

_share: Any = BroadcastContact
_contact: Any = Contact
_member: Any = ContactGroup
_group: Any = Group
_message: Any = Message


class BroadcastRepository(Repository[Broadcast]):
    """The organization's broadcasts."""

    model = Broadcast
    resource: ClassVar[str] = "Flows.MessageBroadcast"

    async def enrol(self, broadcast_id: int, group_id: int) -> None:
        """Everybody in the group gets a share, in one statement however large the group."""
        columns = (
            literal(self.ctx.org_id, BigInteger),
            literal(broadcast_id, BigInteger),
            _member.contact_id,
            literal("pending"),
            func.now(),
            func.now(),
        )
        members = (
            select(*columns)
            .join(_contact, _contact.id == _member.contact_id)
            .where(
                _member.organization_id == self.ctx.org_id,
                _member.group_id == group_id,
                _contact.status != "blocked",
            )
            .order_by(_member.contact_id)
        )
        names = ["organization_id", "broadcast_id", "contact_id", "status"]
        query = insert(BroadcastContact).from_select([*names, "inserted_at", "updated_at"], members)
        await self.ctx.session.execute(query)

    async def contact_ids(self, broadcast_id: int, limit: int) -> Sequence[int]:
        """The first `limit` contacts that have a share."""
        query = select(_share.contact_id).where(
            _share.organization_id == self.ctx.org_id, _share.broadcast_id == broadcast_id
        )
        rows = await self.ctx.session.scalars(query.order_by(_share.id).limit(limit))
        return rows.all()

    async def take_pending(self, broadcast_id: int, limit: int) -> Sequence[BroadcastContact]:
        """The next shares, locked; what another worker holds is left to it."""
        query = self._pending(broadcast_id).order_by(_share.id).limit(limit)
        rows = await self.ctx.session.scalars(query.with_for_update(skip_locked=True))
        return rows.all()

    async def mark_processed(self, share_ids: Sequence[int], now: datetime) -> None:
        """Those shares are done."""
        values = {"status": "processed", "processed_at": now, "updated_at": now}
        of_these = update(BroadcastContact).where(_share.id.in_(share_ids))
        await self.ctx.session.execute(of_these.values(**values))

    async def count_processed(self, broadcast_id: int) -> int:
        """How many shares are done."""
        query = select(func.count()).where(
            _share.broadcast_id == broadcast_id, _share.status == "processed"
        )
        return await self.ctx.session.scalar(query) or 0

    async def has_pending(self, broadcast_id: int) -> bool:
        """Whether a share is still to be done."""
        query = select(self._pending(broadcast_id).exists())
        return bool(await self.ctx.session.scalar(query))

    async def group_row(self, broadcast_id: int) -> Message | None:
        """The message that stands for the whole."""
        query = select(Message).where(
            _message.organization_id == self.ctx.org_id,
            _message.broadcast_id == broadcast_id,
            _message.group_id.is_not(None),
        )
        return (await self.ctx.session.scalars(query.limit(1))).one_or_none()

    def _pending(self, broadcast_id: int) -> Select[BroadcastContact]:
        return select(BroadcastContact).where(
            _share.organization_id == self.ctx.org_id,
            _share.broadcast_id == broadcast_id,
            _share.status == "pending",
        )


class GroupRows(Repository[Group]):
    """Groups as broadcasts need them."""

    model = Group
    resource: ClassVar[str] = "Groups.Group"
