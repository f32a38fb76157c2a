"""The queries of contacts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Select, exists, or_, select

from app.core.context import Ctx
from app.core.repository import Repository, contains
from app.domain.contacts.data import ContactFilter, HistoryFilter
from app.models import (
    Contact,
    ContactGroup,
    ContactHistory,
    ContactTag,
    Language,
    Location,
    Organization,
    UserGroup,
    UserJob,
)

#: The tables' columns as SQLAlchemy sees them.
_contact: Any = Contact
_history: Any = ContactHistory
_location: Any = Location
_in_group: Any = ContactGroup
_tagged: Any = ContactTag
_looks_after: Any = UserGroup
_organization: Any = Organization
_language: Any = Language


class ContactRepository(Repository[Contact]):
    """Contacts; a restricted member of staff finds only those that are his business."""

    model = Contact
    resource = "Contacts.Contact"
    default_order = "name"
    orderable: ClassVar[frozenset[str]] = frozenset(
        {
            "id",
            "name",
            "phone",
            "status",
            "inserted_at",
            "updated_at",
            "last_message_at",
            "last_communication_at",
            "optin_time",
            "optout_time",
        }
    )
    unique: ClassVar[dict[str, str]] = {"uq_contacts_phone": "phone"}

    def query(self) -> Select[Contact]:
        """Select the contacts that the actor may see."""
        statement = super().query()
        return statement.where(visible(self.ctx)) if is_restricted(self.ctx) else statement

    async def by_phone(self, phone: str) -> Contact | None:
        """The contact with that phone."""
        found = await self.ctx.session.scalars(self.query().where(_contact.phone == phone))
        return found.one_or_none()

    async def by_phones(self, phones: Sequence[str]) -> dict[str, Contact]:
        """Contacts by phone, in one query."""
        if not phones:
            return {}
        rows = await self.ctx.session.scalars(self.query().where(_contact.phone.in_(phones)))
        return {row.phone: row for row in rows}

    async def simulators(self) -> Sequence[Contact]:
        """The organization's simulators, locked until the unit of work ends."""
        statement = super().query().where(_contact.is_simulator).order_by(_contact.phone)
        rows = await self.ctx.session.scalars(
            statement.with_for_update(key_share=True).execution_options(populate_existing=True)
        )
        return rows.all()

    async def location_of(self, contact_id: int | None) -> Location | None:
        """Where the contact said last that he was."""
        statement = (
            select(Location)
            .where(_location.organization_id == self.ctx.org_id, _location.contact_id == contact_id)
            .order_by(_location.id.desc())
            .limit(1)
        )
        return (await self.ctx.session.scalars(statement)).one_or_none()


def is_restricted(ctx: Ctx) -> bool:
    """Whether the actor is staff who sees only his own groups."""
    actor = ctx.actor
    return actor.kind == "staff" and actor.is_restricted and not actor.may("manager")


def visible(ctx: Ctx) -> ColumnElement[bool]:
    """The contact is in a group of the restricted actor, is himself, or is the organization's own."""
    own = select(_organization.contact_id).where(_organization.id == ctx.org_id).scalar_subquery()
    in_his_groups = exists().where(
        _in_group.contact_id == _contact.id,
        _in_group.group_id == _looks_after.group_id,
        _looks_after.user_id == ctx.actor.user_id,
    )
    return or_(_contact.id == own, _contact.id == ctx.actor.contact_id, in_his_groups)


def contact_clauses(wanted: ContactFilter) -> list[ColumnElement[bool]]:
    """`wanted` as clauses. A contact in any of the groups, or with any of the tags, matches."""
    status = wanted.status
    clauses: list[ColumnElement[bool]] = [
        _contact.status == status if status else _contact.status != "blocked"
    ]
    if wanted.name:
        clauses.append(contains(_contact.name, wanted.name))
    if wanted.phone:
        clauses.append(contains(_contact.phone, wanted.phone))
    if wanted.term:
        either = contains(_contact.name, wanted.term), contains(_contact.phone, wanted.term)
        clauses.append(or_(*either))
    if wanted.bsp_status:
        clauses.append(_contact.bsp_status == wanted.bsp_status)
    if wanted.include_groups:
        clauses.append(_has(_in_group, _in_group.group_id, wanted.include_groups))
    if wanted.include_tags:
        clauses.append(_has(_tagged, _tagged.tag_id, wanted.include_tags))
    if wanted.exclude_groups:
        clauses.append(~_has(_in_group, _in_group.group_id, wanted.exclude_groups))
    return clauses


def _has(join: Any, column: Any, ids: tuple[int, ...]) -> ColumnElement[bool]:
    return exists().where(join.contact_id == _contact.id, column.in_(ids))


class HistoryRepository(Repository[ContactHistory]):
    """What happened to contacts, oldest first unless asked otherwise."""

    model = ContactHistory
    resource = "Contacts.ContactHistory"

    def query(self) -> Select[ContactHistory]:
        """Select the entries of contacts that the actor may see."""
        statement = super().query()
        if not is_restricted(self.ctx):
            return statement
        seen = select(_contact.id).where(visible(self.ctx))
        return statement.where(_history.contact_id.in_(seen))


def history_clauses(wanted: HistoryFilter) -> list[ColumnElement[bool]]:
    """`wanted` as clauses."""
    clauses: list[ColumnElement[bool]] = []
    if wanted.contact_id is not None:
        clauses.append(_history.contact_id == wanted.contact_id)
    if wanted.event_type:
        clauses.append(contains(_history.event_type, wanted.event_type))
    if wanted.event_label:
        clauses.append(contains(_history.event_label, wanted.event_label))
    return clauses


class UserJobRepository(Repository[UserJob]):
    """Long jobs that staff wait for."""

    model = UserJob
    resource = "Jobs.UserJob"


async def active_languages(ctx: Ctx) -> Sequence[Language]:
    """The languages of the installation that are in use. They are few."""
    rows = await ctx.session.scalars(
        select(Language).where(_language.is_active).order_by(_language.id).limit(500)
    )
    return rows.all()
