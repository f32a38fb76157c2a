"""Queries over messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import ARRAY, BigInteger, ColumnElement, String, any_, bindparam, or_, select

from app.core.errors import NotFound, Refused
from app.core.prepared import Insert, Prepared, Rows
from app.core.repository import Repository
from app.models import Contact, Message, MessageMedia, Organization

_message: Any = Message
_contact: Any = Contact
_org: Any = Organization


def _is_due(now: Any) -> ColumnElement[bool]:
    return or_(_message.send_at.is_(None), _message.send_at <= now)


# Made once: these run for every message, and to put one together costs as much as to run it.
_OF_CONTACT_AND_DUE = (
    _message.organization_id == bindparam("org_id"),
    _message.contact_id == bindparam("contact_id"),
    _message.status == "enqueued",
    _is_due(bindparam("now")),
)
_ANY_DUE = Prepared(select(_message.id).where(*_OF_CONTACT_AND_DUE).limit(1))
_ADD = Insert(Message)
_DUE = (
    select(Message, Contact)
    .join(Contact, _contact.id == _message.contact_id)
    .where(*_OF_CONTACT_AND_DUE)
    .order_by(_message.message_number)
    .limit(bindparam("most"))
    .with_for_update(key_share=True, of=Message)
    .execution_options(populate_existing=True)
)
_LOCKED_CONTACTS = (
    select(Contact)
    .where(
        _contact.organization_id == bindparam("org_id"),
        _contact.id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(_contact.id)
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)
_HELD_CONTACTS = Rows(
    Contact,
    lambda rows: (
        rows.where(
            _contact.organization_id == bindparam("org_id"),
            _contact.id == any_(bindparam("ids", type_=ARRAY(BigInteger))),
        )
        .order_by(_contact.id)
        .with_for_update(key_share=True)
    ),
)
_KNOWN = Prepared(
    select(_message.bsp_message_id).where(
        _message.organization_id == bindparam("org_id"),
        _message.bsp_message_id == any_(bindparam("external_ids", type_=ARRAY(String))),
    )
)
_HOME = Prepared(
    select(_org.contact_id, _org.session_limit, _org.timezone, _org.fields).where(
        _org.id == bindparam("org_id")
    )
)


class MessageRepository(Repository[Message]):
    """The organization's messages."""

    model = Message
    resource: ClassVar[str] = "Messages.Message"
    default_order: ClassVar[str] = "body"
    orderable: ClassVar[frozenset[str]] = frozenset(
        {"id", "inserted_at", "updated_at", "message_number", "send_at", "sent_at", "type"}
    )

    async def by_uuids(self, uuids: Sequence[str]) -> dict[str, Message]:
        """Messages by uuid, in one query."""
        if not uuids:
            return {}
        rows = await self.ctx.session.scalars(self.query().where(_message.uuid.in_(uuids)))
        return {row.uuid: row for row in rows}

    async def known_external_ids(self, ids: Sequence[str]) -> set[str]:
        """Which of `ids` have come in before."""
        if not ids:
            return set()
        of = {"org_id": self.ctx.org_id, "external_ids": list(ids)}
        return {str(id_) for (id_,) in await self.ctx.fetch(_KNOWN, **of)}

    async def lock_by_uuid(self, uuid: str) -> Message | None:
        """The message, locked until the unit of work ends."""
        query = self.query().where(_message.uuid == uuid).with_for_update(key_share=True)
        rows = await self.ctx.session.scalars(query.execution_options(populate_existing=True))
        return rows.one_or_none()

    async def lock_own(self, contact_id: int, key: str) -> Message | None:
        """What the contact sent under that key (`bsp_message_id`), locked."""
        query = self.query().where(
            _message.contact_id == contact_id,
            _message.bsp_message_id == key,
            _message.flow == "inbound",
        )
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
        return (await self.ctx.session.scalars(query)).one_or_none()

    async def of_conversations(
        self, contact_ids: Sequence[int], uuids: Sequence[str], keys: Sequence[str]
    ) -> Sequence[Message]:
        """Messages of these contacts that have one of the uuids or of the keys."""
        query = self.query().where(
            _message.contact_id.in_(contact_ids),
            or_(_message.uuid.in_(uuids), _message.bsp_message_id.in_(keys)),
        )
        return (await self.ctx.session.scalars(query)).all()

    async def lock_due(
        self, contact_id: int, now: datetime, limit: int
    ) -> Sequence[tuple[Message, Contact]]:
        """The contact's messages that may leave now, in order and locked, each with the contact.

        This waits for another delivery of the same contact instead of skipping what it holds:
        skipping would let a later message overtake.
        """
        of = {"org_id": self.ctx.org_id, "contact_id": contact_id, "now": now, "most": limit}
        rows = await self.ctx.session.execute(_DUE, of)
        return [(message, contact) for message, contact in rows]

    async def has_due(self, contact_id: int, now: datetime) -> bool:
        """Whether a message of the contact may leave now."""
        of = {"org_id": self.ctx.org_id, "contact_id": contact_id, "now": now}
        return bool(await self.ctx.fetch(_ANY_DUE, **of))

    async def add_new(self, rows: Sequence[Message]) -> None:
        """The messages are stored and have their ids; the ORM's session does not hold them."""
        await self.ctx.add(_ADD, *rows)

    async def due_contacts(self, now: datetime, limit: int) -> Sequence[int]:
        """Contacts that have a message which may leave now."""
        query = self.query().where(_message.status == "enqueued", _is_due(now))
        query = query.with_only_columns(_message.contact_id).distinct().limit(limit)
        return (await self.ctx.session.scalars(query)).all()  # type: ignore[return-value]  # ids, not rows


class MediaRepository(Repository[MessageMedia]):
    """The organization's media."""

    model = MessageMedia
    resource: ClassVar[str] = "Messages.MessageMedia"


class ContactRows(Repository[Contact]):
    """Contacts as messages need them: locked while they are counted."""

    model = Contact
    resource: ClassVar[str] = "Contacts.Contact"

    async def lock(self, ids: Sequence[int]) -> dict[int, Contact]:
        """Contacts by id, locked in the order of their ids so that two units cannot deadlock.

        What this unit has changed is written first: locking reads the rows anew.
        """
        await self.ctx.flush()
        of = {"org_id": self.ctx.org_id, "ids": sorted(set(ids))}
        rows = await self.ctx.session.scalars(_LOCKED_CONTACTS, of)
        return {row.id: row for row in rows if row.id is not None}

    async def hold(self, ids: Sequence[int]) -> dict[int, Contact]:
        """As `lock`, but the ORM's session does not hold the rows: they are written by `Ctx.flush`."""
        await self.ctx.flush()
        wanted = sorted(set(ids))
        rows = await self.ctx.load(_HELD_CONTACTS, org_id=self.ctx.org_id, ids=wanted)
        return {row.id: row for row in rows}

    async def lock_one(self, id_: int) -> Contact:
        """The contact, locked. Raises NotFound."""
        found = (await self.lock([id_])).get(id_)
        if found is None:
            raise NotFound.of(self.resource, id_)
        return found


class Home(NamedTuple):
    """What messages need to know of their organization."""

    contact_id: int
    session_limit: int
    timezone: str
    fields: dict[str, Any]


async def get_home(repository: Repository[Any]) -> Home:
    """The organization's side of a message. Raises Refused when it has no contact of its own."""
    rows = await repository.ctx.fetch(_HOME, org_id=repository.ctx.org_id)
    if not rows or rows[0][0] is None:
        raise Refused("The organization has no contact of its own yet; finish its setup first.")
    contact_id, session_limit, timezone, fields = rows[0]
    return Home(contact_id, session_limit, timezone, fields or {})
