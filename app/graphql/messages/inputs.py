"""What messages are asked for and made with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from app.core.errors import Invalid
from app.domain.messages.keeping import MessageFilter as Wanted
from app.domain.messages.staff import Draft
from app.graphql.enums import MessageFlowEnum, MessageStatusEnum, MessageTypesEnum, member
from app.graphql.scalars import Gid


@strawberry.input(description="Texts match a part, whatever the case.")
class MessageFilter:
    body: str | None = None
    sender: str | None = strawberry.field(default=None, description="A part of the name.")
    receiver: str | None = strawberry.field(default=None, description="A part of the name.")
    either: str | None = strawberry.field(default=None, description="A part of either phone.")
    user: str | None = None
    bsp_status: MessageStatusEnum | None = None
    types: list[MessageTypesEnum] | None = None
    flow_id: strawberry.ID | None = None
    contact_id: strawberry.ID | None = None
    tags_included: list[Gid] | None = None
    tags_excluded: list[Gid] | None = None

    def wanted(self) -> Wanted:
        """The same as the domain has it."""
        return Wanted(
            body=self.body,
            sender=self.sender,
            receiver=self.receiver,
            either=self.either,
            user=self.user,
            bsp_status=self.bsp_status.value if self.bsp_status else None,
            types=tuple(type_.value for type_ in self.types or ()),
            flow_id=_number(self.flow_id),
            contact_id=_number(self.contact_id),
            tags_included=tuple(self.tags_included or ()),
            tags_excluded=tuple(self.tags_excluded or ()),
        )


@strawberry.input(description="`type` is a message type in capitals; text when nothing is said.")
class MessageInput:
    body: str | None = strawberry.UNSET
    type: str | None = strawberry.UNSET
    flow: MessageFlowEnum | None = strawberry.UNSET
    sender_id: strawberry.ID | None = strawberry.UNSET
    receiver_id: strawberry.ID | None = strawberry.UNSET
    template_id: strawberry.ID | None = strawberry.UNSET
    interactive_template_id: strawberry.ID | None = strawberry.UNSET
    media_id: strawberry.ID | None = strawberry.UNSET
    send_at: datetime | None = strawberry.UNSET
    is_hsm: bool | None = strawberry.UNSET
    params: list[str | None] | None = strawberry.UNSET

    def draft(self) -> Draft:
        """What is to be said."""
        return Draft(
            body=self.body or None,
            kind=read_type(self.type) if self.type else "text",
            media_id=self.media_id or None,
            send_at=self.send_at or None,
            template_id=self.template_id or None,
            is_hsm=bool(self.is_hsm),
            params=texts(self.params or None),
        )

    def changes(self) -> dict[str, Any]:
        """The columns that `updateMessage` may change, where they were given."""
        found: dict[str, Any] = {}
        if self.body is not strawberry.UNSET:
            found["body"] = self.body
        if self.type:
            found["type"] = read_type(self.type)
        return found


def read_type(text: str) -> str:
    """The type that the database keeps. Raises Invalid."""
    known = member(MessageTypesEnum, text.lower())
    if known is None:
        raise Invalid("type", "has an invalid entry")
    return str(known.value)


def texts(values: list[str | None] | None) -> tuple[str, ...]:
    """Parameters as texts; an absent one is empty."""
    return tuple(value or "" for value in values or ())


def _number(id_: strawberry.ID | None) -> int | None:
    # An id that cannot be one asks for nothing, and nothing is found.
    return None if id_ is None else int(id_) if id_.isdigit() and len(id_) < 19 else 0
