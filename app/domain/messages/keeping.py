"""Looking at, changing and removing messages that are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, or_, select, update
from sqlalchemy.orm import aliased

from app.core.context import Ctx
from app.core.errors import NotFound
from app.core.page import Page
from app.core.repository import contains
from app.domain.contacts.repository import ContactRepository, is_restricted, visible
from app.domain.messages.events import MessagesCleared
from app.domain.messages.repository import ContactRows, MessageRepository, get_home
from app.models import Contact, ContactInbox, Message, MessageMedia, MessageTag, User

_message: Any = Message
_media: Any = MessageMedia
_contact: Any = Contact
_tagged: Any = MessageTag
_inbox: Any = ContactInbox
_user: Any = User


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """What `messages` and `countMessages` may ask for. Texts match a part, whatever the case."""

    body: str | None = None
    sender: str | None = None
    receiver: str | None = None
    #: A part of the phone of the sender or of the receiver.
    either: str | None = None
    user: str | None = None
    bsp_status: str | None = None
    types: tuple[str, ...] = ()
    flow_id: int | None = None
    contact_id: int | None = None
    tags_included: tuple[int, ...] = ()
    tags_excluded: tuple[int, ...] = ()


class VisibleMessages(MessageRepository):
    """Messages of the contacts that the actor may see."""

    def query(self) -> Select[Message]:
        statement = super().query()
        if not is_restricted(self.ctx):
            return statement
        seen = select(_contact.id).where(_contact.organization_id == self.ctx.org_id)
        return statement.where(_message.contact_id.in_(seen.where(visible(self.ctx))))


async def get_message(ctx: Ctx, id_: int | str) -> Message:
    """The message. Raises NotFound."""
    return await VisibleMessages(ctx).get(id_)


async def list_messages(ctx: Ctx, wanted: MessageFilter, page: Page) -> Sequence[Message]:
    """One page of the messages that satisfy `wanted`."""
    return await VisibleMessages(ctx).list(message_clauses(wanted), page)


async def count_messages(ctx: Ctx, wanted: MessageFilter) -> int:
    """How many messages satisfy `wanted`."""
    return await VisibleMessages(ctx).count(message_clauses(wanted))


def message_clauses(wanted: MessageFilter) -> list[ColumnElement[bool]]:
    """`wanted` as clauses; what is empty asks for nothing."""
    found: list[ColumnElement[bool]] = []
    if wanted.body:
        found.append(contains(_message.body, wanted.body))
    if wanted.sender:
        found.append(_person(_message.sender_id, "name", wanted.sender))
    if wanted.receiver:
        found.append(_person(_message.receiver_id, "name", wanted.receiver))
    if wanted.either:
        sides = (_message.sender_id, _message.receiver_id)
        found.append(or_(*(_person(side, "phone", wanted.either) for side in sides)))
    if wanted.user:
        match = contains(_user.name, wanted.user)
        found.append(exists().where(_user.id == _message.user_id, match))
    if wanted.bsp_status:
        found.append(_message.bsp_status == wanted.bsp_status)
    if wanted.types:
        found.append(_message.type.in_(wanted.types))
    if wanted.flow_id is not None:
        found.append(_message.flow_id == wanted.flow_id)
    if wanted.contact_id is not None:
        found.append(_message.contact_id == wanted.contact_id)
    if wanted.tags_included:
        found.append(_has_tag(wanted.tags_included))
    if wanted.tags_excluded:
        found.append(~_has_tag(wanted.tags_excluded))
    return found


async def update_message(ctx: Ctx, id_: int | str, changes: dict[str, Any]) -> Message:
    """The message with the given columns changed. Raises NotFound."""
    messages = VisibleMessages(ctx)
    message = await messages.get(id_)
    for name, value in changes.items():
        setattr(message, name, value)
    message.updated_at = ctx.clock.now()
    await messages.flush()
    return message


async def delete_message(ctx: Ctx, id_: int | str) -> Message:
    """The message is gone; its number stays unused. Raises NotFound."""
    messages = VisibleMessages(ctx)
    message = await messages.get(id_)
    await messages.delete(message)
    return message


async def clear_messages(ctx: Ctx, contact_id: int | str) -> Contact:
    """The contact's conversation is empty, its counters are as new, and running flows are ended.

    A simulator also loses its fields and gets one message, so that it is still listed.
    Emits MessagesCleared. Raises NotFound, whose key names no id, as documented.
    """
    seen = await ContactRepository(ctx).find(contact_id)
    if seen is None or seen.id is None:
        raise NotFound.of(ContactRepository.resource)
    contact = await ContactRows(ctx).lock_one(seen.id)
    await _remove_messages(ctx, seen.id)
    contact.last_message_number = 0
    contact.first_message_number = 1
    contact.last_communication_at = None
    contact.last_message_at = None
    contact.is_org_read = contact.is_org_replied = contact.is_contact_replied = True
    contact.session_uuid = None
    if contact.is_simulator:
        contact.fields = {}
        await _greet(ctx, contact)
    ctx.session.add(
        ContactInbox(
            organization_id=ctx.org_id,
            contact_id=seen.id,
            kind="interrupt",
            dedupe_key=f"clear:{ctx.ids.uuid7()}",
            payload={"reason": "messages cleared"},
        )
    )
    await ctx.session.flush()
    ctx.emit(MessagesCleared(seen.id))
    return contact


async def _remove_messages(ctx: Ctx, contact_id: int) -> None:
    own = (
        _message.organization_id == ctx.org_id,
        _message.contact_id == contact_id,
        _message.group_id.is_(None),
    )
    media = select(_message.media_id).where(*own, _message.flow == "inbound")
    unheard = (_inbox.contact_id == contact_id, _inbox.kind == "message", _inbox.done_at.is_(None))
    await ctx.session.execute(
        update(ContactInbox).where(*unheard).values(done_at=ctx.clock.now(), error="cleared")
    )
    # Media that staff uploaded may be part of other messages; what came in is the contact's own.
    of_org = _media.organization_id == ctx.org_id
    ids = [id_ for id_ in await ctx.session.scalars(media) if id_ is not None]
    await ctx.session.execute(delete(Message).where(*own))
    await ctx.session.execute(delete(MessageMedia).where(of_org, _media.id.in_(ids)))


async def _greet(ctx: Ctx, contact: Contact) -> None:
    home = await get_home(MessageRepository(ctx))
    assert contact.id is not None
    contact.last_message_number = 1
    contact.last_message_at = contact.last_communication_at = ctx.clock.now()
    row = Message(
        uuid=str(ctx.ids.uuid7()),
        body="Default message body",
        flow="inbound",
        status="received",
        bsp_status="delivered",
        sender_id=contact.id,
        receiver_id=home.contact_id,
        contact_id=contact.id,
        message_number=1,
    )
    await MessageRepository(ctx).add(row)


def _person(column: Any, attribute: str, part: str) -> ColumnElement[bool]:
    person: Any = aliased(Contact)
    return exists().where(person.id == column, contains(getattr(person, attribute), part))


def _has_tag(ids: tuple[int, ...]) -> ColumnElement[bool]:
    return exists().where(_tagged.message_id == _message.id, _tagged.tag_id.in_(ids))
