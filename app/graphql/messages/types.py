"""Message and what hangs on it; what belongs to many messages is loaded in one query each."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.graphql.contacts import loaders as contact_loaders
from app.graphql.contacts.batches import batched
from app.graphql.contacts.types import Contact, Location
from app.graphql.context import Info
from app.graphql.enums import MessageFlowEnum, MessageStatusEnum, MessageTypesEnum, member
from app.graphql.messages import loaders
from app.graphql.payload import InputError
from app.graphql.scalars import Json
from app.graphql.tags.types import Tag
from app.models import Message as MessageRow
from app.models import MessageMedia as MediaRow
from app.models import MessageReaction as ReactionRow
from app.models import MessageRevision as RevisionRow
from app.models import Tag as TagRow

if TYPE_CHECKING:
    from app.graphql.users.types import User

UserRef = Annotated["User", strawberry.lazy("app.graphql.users.types")]


@strawberry.type(description="A picture, sound, film or document.")
class MessageMedia:
    id: strawberry.ID
    url: str
    source_url: str
    thumbnail: str | None
    caption: str | None
    provider_media_id: str | None
    content_type: str | None
    inserted_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: MediaRow) -> MessageMedia:
        """What the API shows of `row`."""
        return cls(
            id=strawberry.ID(str(row.id)),
            url=row.url,
            source_url=row.source_url,
            thumbnail=row.thumbnail,
            caption=row.caption,
            provider_media_id=row.provider_media_id,
            content_type=row.content_type,
            inserted_at=row.inserted_at,
            updated_at=row.updated_at,
        )


@strawberry.type(description="The answer to a form. The product is off.")
class WhatsappFormResponse:
    id: strawberry.ID | None = None
    raw_response: Json | None = None
    whatsapp_form_id: strawberry.ID | None = None


@strawberry.type(description="What a message said until its sender changed it.")
class MessageRevision:
    id: strawberry.ID
    body: str | None
    kind: str = strawberry.field(description="correction or retraction: what ended it.")
    inserted_at: datetime = strawberry.field(description="When it was changed.")

    @classmethod
    def of(cls, row: RevisionRow) -> MessageRevision:
        """What the API shows of `row`."""
        return cls(
            id=strawberry.ID(str(row.id)),
            body=row.body,
            kind=row.kind,
            inserted_at=row.inserted_at,
        )


@strawberry.type(description="How one person reacted to a message.")
class MessageReaction:
    row: strawberry.Private[ReactionRow]
    id: strawberry.ID
    emojis: list[str]
    updated_at: datetime

    @classmethod
    def of(cls, row: ReactionRow) -> MessageReaction:
        """What the API shows of `row`."""
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            emojis=row.emojis,
            updated_at=row.updated_at,
        )

    @strawberry.field
    async def contact(self, info: Info) -> Contact | None:
        return await _contact(info, self.row.contact_id)


@strawberry.type(description="One message, in either direction.")
class Message:
    row: strawberry.Private[MessageRow]
    id: strawberry.ID
    uuid: str
    body: str | None
    type: MessageTypesEnum | None
    flow: MessageFlowEnum | None
    #: Lower case, as the documented answers print it.
    status: str
    bsp_status: MessageStatusEnum | None
    bsp_message_id: list[str] | None
    message_number: int
    flow_label: str | None
    is_hsm: bool
    params: list[str] | None
    template_id: strawberry.ID | None
    group_id: strawberry.ID | None
    media_id: strawberry.ID | None
    context_id: strawberry.ID | None
    session_uuid: str | None
    errors: Json | None
    interactive_content: Json | None
    send_at: datetime | None
    sent_at: datetime | None
    inserted_at: datetime
    updated_at: datetime
    whatsapp_form_response: WhatsappFormResponse | None = None

    @classmethod
    def of(cls, row: MessageRow) -> Message:
        """What the API shows of `row`; what belongs to it is loaded when asked for."""
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            uuid=row.uuid,
            body=row.body,
            type=member(MessageTypesEnum, row.type),
            flow=member(MessageFlowEnum, row.flow),
            status=row.status,
            bsp_status=member(MessageStatusEnum, row.bsp_status),
            bsp_message_id=[row.bsp_message_id] if row.bsp_message_id else None,
            message_number=row.message_number,
            flow_label=row.flow_label,
            is_hsm=row.is_hsm,
            params=row.params,
            template_id=_id(row.template_id),
            group_id=_id(row.group_id),
            media_id=_id(row.media_id),
            context_id=_id(row.context_message_id),
            session_uuid=row.session_uuid,
            errors=None if row.errors is None else Json(row.errors),
            interactive_content=Json(row.interactive_content or {}),
            send_at=row.send_at,
            sent_at=row.sent_at,
            inserted_at=row.inserted_at,
            updated_at=row.updated_at,
        )

    @strawberry.field
    async def sender(self, info: Info) -> Contact | None:
        return await _contact(info, self.row.sender_id)

    @strawberry.field
    async def receiver(self, info: Info) -> Contact | None:
        return await _contact(info, self.row.receiver_id)

    @strawberry.field(description="The person, whichever way the message went.")
    async def contact(self, info: Info) -> Contact | None:
        return await _contact(info, self.row.contact_id)

    @strawberry.field(description="Inbound only: staff have seen the conversation since.")
    async def is_read(self, info: Info) -> bool | None:
        contact = await _contact(info, self.row.contact_id)
        return contact.is_org_read if contact and self.row.flow == "inbound" else None

    @strawberry.field(description="The other side has answered the conversation since.")
    async def is_replied(self, info: Info) -> bool | None:
        contact = await _contact(info, self.row.contact_id)
        if contact is None:
            return None
        is_inbound = self.row.flow == "inbound"
        return contact.is_org_replied if is_inbound else contact.is_contact_replied

    @strawberry.field
    async def media(self, info: Info) -> MessageMedia | None:
        if self.row.media_id is None:
            return None
        row = await batched(info, loaders.media_by_id, self.row.media_id, None)
        return MessageMedia.of(row) if row else None

    @strawberry.field(description="The message that this one answers.")
    async def context_message(self, info: Info) -> Message | None:
        if self.row.context_message_id is None:
            return None
        row = await batched(info, loaders.messages_by_id, self.row.context_message_id, None)
        return Message.of(row) if row else None

    async def _tags(self, info: Info) -> list[TagRow]:
        none: list[TagRow] = []
        return await batched(info, loaders.tags_of_messages, self.row.id or 0, none)

    @strawberry.field(description="By label.")
    async def tags(self, info: Info) -> list[Tag]:
        return [Tag.of(row) for row in await self._tags(info)]

    @strawberry.field(description="The first of `tags`, for hits of searchMulti.")
    async def tag(self, info: Info) -> Tag | None:
        rows = await self._tags(info)
        return Tag.of(rows[0]) if rows else None

    async def _changes(self, info: Info) -> list[RevisionRow]:
        none: list[RevisionRow] = []
        return await batched(info, loaders.revisions_of_messages, self.row.id or 0, none)

    @strawberry.field(description="What it said before, oldest first, at most 100.")
    async def revisions(self, info: Info) -> list[MessageRevision]:
        return [MessageRevision.of(row) for row in await self._changes(info)]

    @strawberry.field(description="Its sender has withdrawn it; `body` is empty.")
    async def is_retracted(self, info: Info) -> bool:
        return any(row.kind == "retraction" for row in await self._changes(info))

    @strawberry.field(description="How the people of the conversation reacted.")
    async def reactions(self, info: Info) -> list[MessageReaction]:
        none: list[ReactionRow] = []
        rows = await batched(info, loaders.reactions_to_messages, self.row.id or 0, none)
        return [MessageReaction.of(row) for row in rows]

    @strawberry.field
    async def location(self, info: Info) -> Location | None:
        if self.row.type != "location":
            return None
        row = await batched(info, loaders.locations_of_messages, self.row.id or 0, None)
        return Location.of(row) if row else None

    @strawberry.field(description="The member of staff who sent it.")
    async def user(self, info: Info) -> UserRef | None:
        if self.row.user_id is None:
            return None
        from app.graphql.users.types import User

        row = await batched(info, contact_loaders.users_by_id, self.row.user_id, None)
        return User.of(row) if row else None

    @strawberry.field(description="The name of who sent it, or nothing.")
    async def send_by(self, info: Info) -> list[str] | None:
        if self.row.user_id is None:
            return None
        row = await batched(info, contact_loaders.users_by_id, self.row.user_id, None)
        return [row.name] if row else None


@strawberry.type
class MessageResult:
    message: Message | None = None
    errors: list[InputError] | None = None


@strawberry.type(description="The first 1000 of the contacts a group message goes to.")
class GroupMessageResult:
    success: bool | None = None
    contact_ids: list[strawberry.ID] | None = None
    errors: list[InputError] | None = None


@strawberry.type
class ClearMessagesResult:
    success: bool | None = None
    errors: list[InputError] | None = None


async def _contact(info: Info, id_: int) -> Contact | None:
    row = await batched(info, contact_loaders.contacts_by_id, id_, None)
    return Contact.of(row) if row else None


def _id(value: int | None) -> strawberry.ID | None:
    return None if value is None else strawberry.ID(str(value))
