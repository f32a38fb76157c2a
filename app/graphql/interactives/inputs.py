"""What the fields about messages with choices take."""

from __future__ import annotations

from enum import Enum

import strawberry

from app.domain.groups.pairs import ids_of
from app.domain.interactives.data import InteractiveFilter, InteractivePatch
from app.graphql.contacts.inputs import given
from app.graphql.enums import text_of
from app.graphql.scalars import Gid, Json


@strawberry.enum(description="What a person can do with the message.")
class InteractiveMessageTypeEnum(Enum):
    LIST = "list"
    LOCATION_REQUEST_MESSAGE = "location_request_message"
    QUICK_REPLY = "quick_reply"


@strawberry.input(
    description="All that is given must hold. `term` is a part of the label or of the tag."
)
class InteractiveTemplateFilter:
    label: str | None = None
    term: str | None = None
    type: InteractiveMessageTypeEnum | None = None
    language: str | None = None
    language_id: int | None = None
    tag_ids: list[Gid | None] | None = None
    send_with_title: bool | None = None

    def wanted(self) -> InteractiveFilter:
        """The same for the domain."""
        return InteractiveFilter(
            label=self.label,
            term=self.term,
            type=text_of(self.type),
            language=self.language,
            language_id=self.language_id,
            tag_ids=tuple(ids_of(self.tag_ids or ())),
            send_with_title=self.send_with_title,
        )


@strawberry.input(
    description="Leave out what is not to change. The label is unique for its type, and for its "
    "language; `translations` are contents by language id."
)
class InteractiveTemplateInput:
    label: str | None = strawberry.UNSET
    type: InteractiveMessageTypeEnum | None = strawberry.UNSET
    interactive_content: Json | None = strawberry.UNSET
    translations: Json | None = strawberry.UNSET
    language_id: strawberry.ID | None = strawberry.UNSET
    tag_id: strawberry.ID | None = strawberry.UNSET
    send_with_title: bool | None = strawberry.UNSET

    def patch(self) -> InteractivePatch:
        """The same for the domain."""
        return InteractivePatch(**given(self))
