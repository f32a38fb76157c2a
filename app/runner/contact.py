"""A contact's row as the engine sees it, and messages likewise."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, false, null, select, union_all
from sqlmodel import col

from app.core.context import Ctx
from app.core.prepared import Prepared, Rows
from app.domain.contacts.phone import masked
from app.domain.flow_definitions.assets import DbAssets
from app.domain.tickets.service import TicketRepository
from app.models import Contact, ContactGroup, ContactProfile, Message, MessageMedia
from flows import Contact as EngineContact
from flows import FieldValue, Msg
from flows.contact import Profile, Ticket

#: Message type -> beginning of an attachment's content type, where the media row has none.
_MEDIA = {
    "image": "image",
    "audio": "audio",
    "video": "video",
    "document": "application",
    "sticker": "image",
}

#: Ids of groups, which have no name here, and after them the active profiles: one round trip.
_BELONGINGS = Prepared(
    union_all(
        select(col(ContactGroup.group_id).label("id"), null().label("name"), false()).where(
            col(ContactGroup.contact_id) == bindparam("contact_id"),
            col(ContactGroup.organization_id) == bindparam("org_id"),
        ),
        select(
            col(ContactProfile.id), col(ContactProfile.name), col(ContactProfile.is_current)
        ).where(
            col(ContactProfile.contact_id) == bindparam("contact_id"),
            col(ContactProfile.organization_id) == bindparam("org_id"),
            col(ContactProfile.is_active),
        ),
    ).order_by("id")
)
#: Columns that flows read as @contact.name_of_the_column, besides those with a name of the engine's.
_COLUMNS = (
    "optin_status", "optin_method", "optout_time", "optout_method", "last_message_at",
    "last_communication_at", "is_org_read", "is_org_replied", "is_contact_replied",
    "inserted_at", "updated_at",
)  # fmt: skip
_NUMBERS = ("last_message_number", "first_message_number")
_MESSAGE = Rows(
    Message,
    lambda rows: rows.where(
        col(Message.id) == bindparam("message_id"),
        col(Message.organization_id) == bindparam("org_id"),
    ),
)


async def to_engine(ctx: Ctx, row: Contact, assets: DbAssets) -> EngineContact:
    """The snapshot of a contact."""
    found = await ctx.fetch(_BELONGINGS, org_id=ctx.org_id, contact_id=row.id)
    ids = {id_ for id_, name, _ in found if name is None}
    open_tickets = await TicketRepository(ctx).open_of(row.id or 0)
    locales = {id_: locale for locale, id_ in assets.language_ids.items()}
    return EngineContact(
        uuid=row.uuid,
        id=str(row.id),
        name=row.name or "",
        phone=row.phone,
        language=locales.get(row.language_id, ""),
        status=row.status,
        bsp_status=row.bsp_status,
        optin_time=row.optin_time,
        groups=tuple(group for group in assets.groups if int(group.id) in ids),
        fields={key: _field(key, value) for key, value in row.fields.items()},
        settings=row.settings,
        urns=(f"tel:+{row.phone}",),
        created_on=row.inserted_at,
        last_seen_on=row.last_message_at,
        timezone=assets.org.timezone,
        tickets=tuple(
            Ticket(ticket.uuid, (ticket.topic_uuid, ticket.topic)) for ticket in open_tickets
        ),
        profiles=tuple(
            Profile(str(id_), name, is_current)
            for id_, name, is_current in found
            if name is not None
        ),
        properties=_properties(row),
    )


def _properties(row: Contact) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in _COLUMNS},
        **{name: Decimal(getattr(row, name)) for name in _NUMBERS},
        "masked_phone": masked(row.phone),
    }


def _field(key: str, stored: Any) -> FieldValue:
    if not isinstance(stored, dict):
        return FieldValue(value=str(stored), label=key)
    at = stored.get("inserted_at")
    value = stored.get("value")
    return FieldValue(
        value="" if value is None else str(value),
        label=str(stored.get("label") or key),
        type=str(stored.get("type") or "string"),
        inserted_at=datetime.fromisoformat(at) if isinstance(at, str) and at else None,
    )


async def find_message(ctx: Ctx, message_id: int) -> tuple[Message, Msg] | None:
    """A message's row and what the engine sees of it, or None when it has been deleted."""
    found = await ctx.load(_MESSAGE, org_id=ctx.org_id, message_id=message_id)
    if not found:
        return None
    media = await ctx.session.get(MessageMedia, found[0].media_id) if found[0].media_id else None
    return found[0], _to_msg(found[0], media)


def _to_msg(row: Message, media: MessageMedia | None) -> Msg:
    attachments: tuple[str, ...] = ()
    if media is not None:
        kind = media.content_type or _MEDIA.get(row.type, row.type)
        attachments = (f"{kind}:{media.url}",)
    return Msg(
        uuid=row.uuid,
        urn="",
        text=row.body or "",
        attachments=attachments,
        kind=row.type,
        external_id=row.bsp_message_id,
        payload=row.interactive_content or {},
    )
