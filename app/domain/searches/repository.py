"""The queries behind conversations: one for the contacts, one for all their messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from app.core.context import Ctx
from app.core.page import Page
from app.core.repository import Repository, contains
from app.domain.contacts.repository import is_restricted, visible
from app.domain.searches.shapes import SearchFilter, Window
from app.models import (
    Contact,
    ContactGroup,
    ContactTag,
    FlowLabel,
    Group,
    Message,
    MessageTag,
    Organization,
    SavedSearch,
    Tag,
    UserGroup,
)

_contact: Any = Contact
_message: Any = Message
_group: Any = Group
_member: Any = ContactGroup
_tagged: Any = ContactTag
_marked: Any = MessageTag
_tag: Any = Tag
_label: Any = FlowLabel
_looks_after: Any = UserGroup
_organization: Any = Organization

#: Name of a status -> what holds of its contacts.
STATUSES: dict[str, ColumnElement[bool]] = {
    "Unread": _contact.is_org_read.is_(False),
    "Not replied": _contact.is_org_replied.is_(False),
    "Not Responded": _contact.is_contact_replied.is_(False),
    "Optin": and_(_contact.optin_status.is_(True), _contact.optout_time.is_(None)),
    "Optout": _contact.optout_time.is_not(None),
}
#: Statuses that count only contacts with whom something was said.
SPOKEN = frozenset({"Unread", "Not replied", "Not Responded"})


class SavedSearchRepository(Repository[SavedSearch]):
    """The organization's saved searches."""

    model = SavedSearch
    resource: ClassVar[str] = "Searches.SavedSearch"
    default_order: ClassVar[str] = "label"
    orderable: ClassVar[frozenset[str]] = frozenset(
        {"id", "label", "shortcode", "inserted_at", "updated_at"}
    )
    unique: ClassVar[dict[str, str]] = {
        "uq_saved_searches_shortcode": "shortcode",
        "uq_saved_searches_label": "label",
    }


class ConversationRepository:
    """Finds contacts, groups and messages within the organization of `ctx`."""

    def __init__(self, ctx: Ctx) -> None:
        self.ctx = ctx

    def contacts(self, wanted: SearchFilter) -> Select[Contact]:
        """Contacts whose conversations `wanted` asks for, not ordered yet."""
        return self._people().where(*_contact_clauses(self.ctx, wanted))

    async def find_contacts(self, wanted: SearchFilter, page: Page) -> Sequence[Contact]:
        """One page of them, the last spoken with first."""
        query = self.contacts(wanted)
        recent = _contact.last_communication_at.desc()
        if not (wanted.ids or wanted.term):
            # Those never spoken with are found by name; leaving them out lets the index order.
            query = query.where(_contact.last_communication_at.is_not(None))
            query = query.order_by(recent, _contact.id.desc())
        else:
            query = query.order_by(recent.nulls_last(), _contact.id.desc())
        found = await self.ctx.session.scalars(query.limit(page.limit).offset(page.offset))
        return found.all()

    async def find_named(self, term: str, page: Page) -> Sequence[Contact]:
        """One page of the contacts in whose name or phone `term` stands."""
        recent = _contact.last_communication_at.desc().nulls_last()
        query = self._people().where(name_has(term)).order_by(recent, _contact.id.desc())
        found = await self.ctx.session.scalars(query.limit(page.limit).offset(page.offset))
        return found.all()

    async def find_groups(self, wanted: SearchFilter, page: Page) -> Sequence[Group]:
        """One page of the groups, the last written to first."""
        query = select(Group).where(_group.organization_id == self.ctx.org_id)
        ids = (*wanted.ids, *wanted.include_groups)
        if ids:
            query = query.where(_group.id.in_(ids))
        for part in filter(None, (wanted.group_label, wanted.term)):
            query = query.where(contains(_group.label, part))
        if is_restricted(self.ctx):
            own = exists().where(
                _looks_after.group_id == _group.id, _looks_after.user_id == self.ctx.actor.user_id
            )
            query = query.where(own)
        query = query.order_by(_group.last_communication_at.desc().nulls_last(), _group.id.desc())
        found = await self.ctx.session.scalars(query.limit(page.limit).offset(page.offset))
        return found.all()

    async def windows(
        self, owner: Any, ids: Sequence[int], window: Window, wanted: SearchFilter
    ) -> dict[int, list[Message]]:
        """For each of `ids` its messages in `window`, newest first, in one query.

        `owner` is the column that `ids` are of: `Message.contact_id` or `Message.group_id`.
        """
        if not ids or not window.limit:
            return {}
        listed = func.unnest(cast(list(ids), ARRAY(BigInteger)))
        each = listed.table_valued("id", name="each").render_derived()
        query = select(Message).where(
            _message.organization_id == self.ctx.org_id,
            owner == each.c.id,
            *_day_clauses(wanted, _message.inserted_at),
        )
        if owner.key == "contact_id":
            query = query.where(_message.group_id.is_(None))
        if len(wanted.ids) == 1 and window.offset:
            last = window.offset + window.limit
            query = query.where(_message.message_number.between(window.offset, last))
        else:
            query = query.limit(window.limit).offset(window.offset)
        inner = query.order_by(_message.message_number.desc()).correlate(each).lateral("newest")
        row: Any = aliased(Message, inner)
        outer = select(each.c.id, row).select_from(each).join(inner, literal(True))
        found: dict[int, list[Message]] = {id_: [] for id_ in ids}
        for id_, message in await self.ctx.session.execute(
            outer.order_by(each.c.id, row.message_number.desc())
        ):
            found[id_].append(message)
        return found

    async def find_messages(self, clause: ColumnElement[bool], limit: int) -> Sequence[Message]:
        """The newest messages that `clause` holds for, of contacts that the actor may see."""
        people = self._people().with_only_columns(_contact.id)
        query = select(Message).where(
            _message.organization_id == self.ctx.org_id,
            _message.group_id.is_(None),
            _message.contact_id.in_(people),
            clause,
        )
        found = await self.ctx.session.scalars(query.order_by(_message.id.desc()).limit(limit))
        return found.all()

    async def count(self, wanted: Sequence[SearchFilter]) -> list[int]:
        """How many contacts each filter matches, in one query."""
        if not wanted:
            return []
        counts = [
            self.contacts(one).with_only_columns(func.count(_contact.id)).scalar_subquery()
            for one in wanted
        ]
        row = (await self.ctx.session.execute(select(*counts))).one()
        return [int(count or 0) for count in row]

    async def count_statuses(self) -> dict[str, int]:
        """How many contacts are in each status, in one pass."""
        spoken = _contact.last_message_number > 0
        columns = [func.count().filter(spoken)]
        for name, clause in STATUSES.items():
            columns.append(func.count().filter(and_(clause, spoken) if name in SPOKEN else clause))
        query = self._people().with_only_columns(*columns)
        row = (await self.ctx.session.execute(query)).one()
        return dict(zip(("All", *STATUSES), map(int, row), strict=True))

    def _people(self) -> Select[Contact]:
        """Everybody but the blocked and the organization itself; less for a restricted actor."""
        own = select(_organization.contact_id).where(_organization.id == self.ctx.org_id)
        query = select(Contact).where(
            _contact.organization_id == self.ctx.org_id,
            _contact.status != "blocked",
            _contact.id.is_distinct_from(own.scalar_subquery()),
        )
        return query.where(visible(self.ctx)) if is_restricted(self.ctx) else query


def body_has(term: str) -> ColumnElement[bool]:
    """The message's text holds `term`."""
    return contains(_message.body, term)


def label_has(term: str) -> ColumnElement[bool]:
    """A flow has put a label on the message that holds `term`."""
    return contains(_message.flow_label, term)


def tag_has(term: str) -> ColumnElement[bool]:
    """A tag on the message holds `term` in its label or shortcode."""
    match = or_(contains(_tag.label, term), contains(_tag.shortcode, term))
    return exists().where(_marked.message_id == _message.id, _marked.tag_id == _tag.id, match)


def name_has(term: str) -> ColumnElement[bool]:
    """The contact's name or phone holds `term`."""
    return or_(contains(_contact.name, term), contains(_contact.phone, term))


def _contact_clauses(ctx: Ctx, wanted: SearchFilter) -> list[ColumnElement[bool]]:
    if wanted.ids:
        return [_contact.id.in_(wanted.ids)]
    found: list[ColumnElement[bool]] = []
    if wanted.status in STATUSES:
        found.append(STATUSES[wanted.status])
        if wanted.status in SPOKEN:
            found.append(_contact.last_message_number > 0)
    if wanted.term:
        found.append(_contact.id.in_(_holding(ctx, wanted.term)))
    if wanted.include_groups:
        found.append(_in(_member, _member.group_id, wanted.include_groups))
    if wanted.group_label:
        match = contains(_group.label, wanted.group_label)
        found.append(
            exists().where(_member.contact_id == _contact.id, _member.group_id == _group.id, match)
        )
    if wanted.include_tags:
        on_message = exists().where(
            _marked.message_id == _message.id,
            _marked.tag_id.in_(wanted.include_tags),
            _message.contact_id == _contact.id,
        )
        found.append(or_(_in(_tagged, _tagged.tag_id, wanted.include_tags), on_message))
    return [*found, *_message_clauses(ctx, wanted)]


def _message_clauses(ctx: Ctx, wanted: SearchFilter) -> list[ColumnElement[bool]]:
    """What must hold of some message of the contact."""
    of_contact = (_message.contact_id == _contact.id, _message.group_id.is_(None))
    found: list[ColumnElement[bool]] = []
    if wanted.include_users:
        found.append(exists().where(*of_contact, _message.user_id.in_(wanted.include_users)))
    if wanted.include_labels:
        # Labels are kept as their names, joined by commas.
        named = _message.flow_label.like("%" + _label.name + "%")
        of_org = _label.organization_id == ctx.org_id
        listed = _label.id.in_(wanted.include_labels)
        found.append(exists().where(*of_contact, of_org, listed, named))
    days = _day_clauses(wanted, _message.inserted_at)
    if days:
        found.append(exists().where(*of_contact, *days))
    return found


def _holding(ctx: Ctx, term: str) -> Any:
    """Ids of contacts in whose name, phone or messages `term` stands.

    A union, since each half has its own trigram index and an OR would use neither.
    """
    said = select(_message.contact_id).where(
        _message.organization_id == ctx.org_id, _message.group_id.is_(None), body_has(term)
    )
    called: Any = aliased(Contact)
    match = or_(contains(called.name, term), contains(called.phone, term))
    named = select(called.id).where(called.organization_id == ctx.org_id, match)
    return union(said, named)


def _in(join: Any, column: Any, ids: tuple[int, ...]) -> ColumnElement[bool]:
    return exists().where(join.contact_id == _contact.id, column.in_(ids))


def _day_clauses(wanted: SearchFilter, column: Any) -> list[ColumnElement[bool]]:
    first, last = wanted.days
    found: list[ColumnElement[bool]] = []
    if first is not None:
        found.append(column >= datetime.combine(first, time(), UTC))
    if last is not None:
        found.append(column < datetime.combine(last, time(), UTC) + timedelta(days=1))
    return found
