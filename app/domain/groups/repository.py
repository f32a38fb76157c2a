"""The queries of groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from app.core.repository import Repository, contains
from app.domain.contacts.repository import is_restricted, visible
from app.domain.groups.data import GroupFilter
from app.models import Contact, ContactGroup, Group, Message, MessageGroup, UserGroup

_group: Any = Group
_contact: Any = Contact
_in_group: Any = ContactGroup
_looks_after: Any = UserGroup
_message: Any = Message
_filed: Any = MessageGroup

#: What a group shows of itself at most.
FIRST_CONTACTS = 100
NEWEST_MESSAGES = 50


class GroupRepository(Repository[Group]):
    """Groups; a restricted member of staff finds only his own."""

    model = Group
    resource = "Groups.Group"
    default_order = "label"
    orderable: ClassVar[frozenset[str]] = frozenset(
        {"id", "label", "description", "inserted_at", "updated_at", "last_communication_at"}
    )
    unique: ClassVar[dict[str, str]] = {"uq_groups_label": "label", "uq_groups_uuid": "uuid"}

    def query(self) -> Select[Group]:
        """Select the groups that the actor may see."""
        statement = super().query()
        if not is_restricted(self.ctx):
            return statement
        his = exists().where(
            _looks_after.group_id == _group.id, _looks_after.user_id == self.ctx.actor.user_id
        )
        return statement.where(his)

    async def by_label(self, label: str) -> Group | None:
        """The group with that very label."""
        found = await self.ctx.session.scalars(self.query().where(_group.label == label))
        return found.one_or_none()

    async def by_uuids(self, uuids: Sequence[str]) -> dict[str, Group]:
        """Groups by the name that flow definitions use, in one query."""
        if not uuids:
            return {}
        rows = await self.ctx.session.scalars(self.query().where(_group.uuid.in_(uuids)))
        return {row.uuid: row for row in rows}

    async def sizes(self, join: Any, group_ids: Sequence[int]) -> dict[int, int]:
        """How many rows of `join` (contacts or users of a group) each group has, in one query."""
        if not group_ids:
            return {}
        statement = (
            select(join.group_id, func.count())
            .where(join.organization_id == self.ctx.org_id, join.group_id.in_(group_ids))
            .group_by(join.group_id)
        )
        return {row[0]: row[1] for row in await self.ctx.session.execute(statement)}

    async def by_bsp_status(self, group_id: int | None) -> dict[str, int]:
        """How many contacts of the group have each bsp status."""
        statement = (
            select(_contact.bsp_status, func.count())
            .join(_in_group, _in_group.contact_id == _contact.id)
            .where(_contact.organization_id == self.ctx.org_id, _in_group.group_id == group_id)
            .where(_contact.status != "blocked")
            .group_by(_contact.bsp_status)
        )
        return {row[0]: row[1] for row in await self.ctx.session.execute(statement)}

    async def first_contacts(self, group_ids: Sequence[int]) -> dict[int, list[Contact]]:
        """The first FIRST_CONTACTS contacts of each group, by name, in one query."""
        place = func.row_number().over(
            partition_by=_in_group.group_id, order_by=(_contact.name, _contact.id)
        )
        ranked = (
            select(_in_group.group_id, _contact.id.label("contact_id"), place.label("place"))
            .join(_contact, _in_group.contact_id == _contact.id)
            .where(_in_group.organization_id == self.ctx.org_id)
            .where(_in_group.group_id.in_(group_ids), _contact.status != "blocked")
        )
        if is_restricted(self.ctx):
            ranked = ranked.where(visible(self.ctx))
        inner = ranked.subquery()
        statement = (
            select(inner.c.group_id, _contact)
            .join(_contact, _contact.id == inner.c.contact_id)
            .where(inner.c.place <= FIRST_CONTACTS)
            .order_by(inner.c.place)
        )
        found: dict[int, list[Contact]] = {id_: [] for id_ in group_ids}
        for group_id, contact in await self.ctx.session.execute(statement):
            found[group_id].append(contact)
        return found

    async def newest_messages(self, group_ids: Sequence[int]) -> dict[int, list[Message]]:
        """The newest messages sent to each group or filed under it, in one query."""
        sent = select(_message.group_id, _message.id.label("message_id")).where(
            _message.organization_id == self.ctx.org_id, _message.group_id.in_(group_ids)
        )
        filed = select(_filed.group_id, _filed.message_id).where(
            _filed.organization_id == self.ctx.org_id, _filed.group_id.in_(group_ids)
        )
        both = sent.union(filed).subquery()
        age = func.row_number().over(
            partition_by=both.c.group_id, order_by=both.c.message_id.desc()
        )
        ranked = select(both.c.group_id, both.c.message_id, age.label("age")).subquery()
        statement = (
            select(ranked.c.group_id, _message)
            .join(_message, _message.id == ranked.c.message_id)
            .where(ranked.c.age <= NEWEST_MESSAGES)
            .order_by(ranked.c.age)
        )
        if is_restricted(self.ctx):
            seen = select(_contact.id).where(visible(self.ctx))
            statement = statement.where(_message.contact_id.in_(seen))
        found: dict[int, list[Message]] = {id_: [] for id_ in group_ids}
        for group_id, message in await self.ctx.session.execute(statement):
            found[group_id].append(message)
        return found

    async def everybody(self, group_id: int | None, at_most: int) -> list[tuple[str | None, str]]:
        """Name and phone of the group's contacts, by name."""
        statement = (
            select(_contact.name, _contact.phone)
            .join(_in_group, _in_group.contact_id == _contact.id)
            .where(_contact.organization_id == self.ctx.org_id, _in_group.group_id == group_id)
            .order_by(_contact.name, _contact.id)
            .limit(at_most)
        )
        return [(name, phone) for name, phone in await self.ctx.session.execute(statement)]


class MessageGroupRepository(Repository[MessageGroup]):
    """Messages filed under groups."""

    model = MessageGroup
    resource = "Groups.MessageGroup"


def group_clauses(wanted: GroupFilter) -> list[ColumnElement[bool]]:
    """`wanted` as clauses."""
    clauses: list[ColumnElement[bool]] = []
    if wanted.label:
        clauses.append(contains(_group.label, wanted.label))
    if wanted.term:
        either = contains(_group.label, wanted.term), contains(_group.description, wanted.term)
        clauses.append(or_(*either))
    return clauses
