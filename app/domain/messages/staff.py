"""What staff send to one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.core.context import Ctx
from app.core.errors import Invalid, NotFound, Refused
from app.core.repository import as_id
from app.domain.contacts.repository import ContactRepository
from app.domain.contacts.sending import may_send, may_send_template
from app.domain.messages import variables
from app.domain.messages.errors import EmptyMessage, MessageTooLong
from app.domain.messages.events import ConversationChanged
from app.domain.messages.outbound import queue_for
from app.domain.messages.repository import (
    ContactRows,
    MediaRepository,
    MessageRepository,
    get_home,
)
from app.domain.messages.shapes import MAX_BODY, OutboundMessage
from app.domain.messages.templates import check_template, fill, get_template, render_template
from app.models import Contact, Message, SessionTemplate


@dataclass(frozen=True, slots=True)
class Draft:
    """What staff want to say; to whom is said beside it."""

    body: str | None = None
    kind: str = "text"
    media_id: int | str | None = None
    send_at: datetime | None = None
    template_id: int | str | None = None
    #: With a template: send it as one, with its parameters, also outside the window.
    is_hsm: bool = False
    params: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft whose references have been looked up."""

    draft: Draft
    template: SessionTemplate | None
    media_id: int | None
    #: Media that comes with a text, as Glific sends speed sends, needs no body.
    kind: str


async def create_and_send(ctx: Ctx, draft: Draft, receiver_id: int | str | None) -> Message:
    """The message, queued to the receiver; variables of a free text are filled in.

    Raises Refused with the documented sentence when the text is empty or too long, the window is
    closed, the contact may not get templates, or the parameters do not fit; NotFound for ids.
    """
    prepared = await prepare(ctx, draft)
    contact = await _receiver(ctx, receiver_id)
    reason = refusal(ctx, prepared, contact)
    if reason is not None:
        raise Refused(reason)
    assert contact.id is not None
    contacts = {contact.id: contact}
    outbound = await compose(ctx, prepared, contacts)
    return (await queue_for(ctx, contacts, outbound))[0]


async def prepare(ctx: Ctx, draft: Draft) -> Prepared:
    """The draft with its template and media found and its limits checked."""
    media_id = await _media_id(ctx, draft.media_id)
    template = None
    if draft.template_id is not None:
        template = await get_template(ctx, draft.template_id)
        if draft.is_hsm or template.is_hsm:
            check_template(template, draft.params, media_id)
            return Prepared(draft, template, media_id, template.type)
    body = draft.body or (template.body if template else "")
    if not body.strip() and media_id is None:
        raise EmptyMessage
    if len(body) > MAX_BODY:
        raise MessageTooLong(MAX_BODY)
    return Prepared(draft, template, media_id, draft.kind)


def refusal(ctx: Ctx, prepared: Prepared, contact: Contact) -> str | None:
    """Why the contact cannot be sent that now, or None."""
    if is_template(prepared):
        return may_send_template(ctx, contact)
    return may_send(ctx, contact)


def is_template(prepared: Prepared) -> bool:
    """Whether it goes out as a template, which the window does not hold back."""
    template = prepared.template
    return template is not None and (prepared.draft.is_hsm or template.is_hsm)


async def compose(
    ctx: Ctx,
    prepared: Prepared,
    contacts: dict[int, Contact],
    *,
    group_message_id: int | None = None,
    broadcast_id: int | None = None,
    user_id: int | None = None,
) -> list[OutboundMessage]:
    """What each of `contacts` is sent, in their order."""
    bodies = await _bodies(ctx, prepared, contacts)
    draft, template = prepared.draft, prepared.template
    as_template = is_template(prepared)
    media_id = prepared.media_id
    if template is not None and media_id is None:
        media_id = template.message_media_id
    return [
        OutboundMessage(
            id_,
            bodies[id_],
            prepared.kind,
            user_id=user_id or ctx.actor.user_id,
            media_id=media_id,
            send_at=draft.send_at,
            is_hsm=as_template,
            template_id=template.id if template and as_template else None,
            params=list(draft.params) if as_template else None,
            group_message_id=group_message_id,
            broadcast_id=broadcast_id,
        )
        for id_ in contacts
    ]


def group_body(prepared: Prepared) -> str | None:
    """What the row that stands for a message to a group says: variables as they were written."""
    draft, template = prepared.draft, prepared.template
    if template is not None and is_template(prepared):
        return fill(template.body, draft.params)
    return draft.body or (template.body if template else None)


async def create_message(
    ctx: Ctx,
    draft: Draft,
    *,
    sender_id: int | str | None,
    receiver_id: int | str | None,
    direction: str | None,
) -> Message:
    """The message, stored and numbered as if it had passed; nothing is sent.

    It is outbound unless it says otherwise or its sender is not the organization.
    """
    if not (draft.body or "").strip() and draft.media_id is None:
        raise Invalid("body", "can't be blank")
    messages = MessageRepository(ctx)
    home = await get_home(messages)
    inbound = direction == "inbound" or (
        direction is None and as_id(sender_id) not in (None, home.contact_id)
    )
    person = sender_id if inbound else receiver_id
    if as_id(person) is None:
        raise Invalid("senderId" if inbound else "receiverId", "can't be blank")
    contact = await _receiver(ctx, person)
    assert contact.id is not None
    now = ctx.clock.now()
    contact.last_message_number += 1
    contact.last_communication_at = now
    return await messages.add(
        Message(
            uuid=str(ctx.ids.uuid7()),
            body=draft.body,
            flow="inbound" if inbound else "outbound",
            type=draft.kind,
            status="received" if inbound else "sent",
            bsp_status="delivered" if inbound else "sent",
            sender_id=contact.id if inbound else home.contact_id,
            receiver_id=home.contact_id if inbound else contact.id,
            contact_id=contact.id,
            user_id=None if inbound else ctx.actor.user_id,
            media_id=await _media_id(ctx, draft.media_id),
            message_number=contact.last_message_number,
            sent_at=None if inbound else now,
            inserted_at=now,
            updated_at=now,
        )
    )


async def mark_as_read(ctx: Ctx, contact_id: int | str) -> int:
    """Staff have seen the contact's messages. Emits ConversationChanged. Raises NotFound."""
    contact = await _receiver(ctx, contact_id)
    assert contact.id is not None
    if not contact.is_org_read:
        contact.is_org_read = True
        await ctx.session.flush()
        ctx.emit(ConversationChanged(contact.id))
    return contact.id


async def _receiver(ctx: Ctx, id_: int | str | None) -> Contact:
    """The contact, locked, if the actor may see him. Raises NotFound."""
    number = as_id(id_)
    if number is None:
        raise NotFound.of(ContactRows.resource, id_)
    seen = await ContactRepository(ctx).get(number)
    assert seen.id is not None
    return await ContactRows(ctx).lock_one(seen.id)


async def _media_id(ctx: Ctx, id_: int | str | None) -> int | None:
    return None if id_ is None else (await MediaRepository(ctx).get(id_)).id


async def _bodies(
    ctx: Ctx, prepared: Prepared, contacts: dict[int, Contact]
) -> dict[int, str | None]:
    draft, template = prepared.draft, prepared.template
    if template is not None and is_template(prepared):
        return {
            id_: render_template(template, contact, draft.params, prepared.media_id).body
            for id_, contact in contacts.items()
        }
    body = draft.body or (template.body if template else None)
    if body is None or not variables.has_variables(body):
        return dict.fromkeys(contacts, body)
    home = await get_home(MessageRepository(ctx))
    values = await variables.known_values(ctx, contacts, body, home)
    return {id_: variables.substitute(body, values[id_])[:MAX_BODY] for id_ in contacts}
