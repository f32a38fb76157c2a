"""Tags: put on and taken from contacts and messages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import strawberry

from app.domain.tags.events import ContactTagged, MessageTagged
from app.graphql.context import Info
from app.graphql.live import listen
from app.graphql.tags.types import ContactTag, MessageTag


@strawberry.type
class TagSubscriptions:
    @strawberry.subscription
    async def created_contact_tag(
        self, info: Info, organization_id: strawberry.ID | None = None
    ) -> AsyncIterator[ContactTag]:
        async for payload in listen(info, "created_contact_tag", organization_id):
            yield _contact_tag(payload)

    @strawberry.subscription
    async def deleted_contact_tag(
        self, info: Info, organization_id: strawberry.ID | None = None
    ) -> AsyncIterator[ContactTag]:
        async for payload in listen(info, "deleted_contact_tag", organization_id):
            yield _contact_tag(payload)

    @strawberry.subscription
    async def created_message_tag(
        self, info: Info, organization_id: strawberry.ID | None = None
    ) -> AsyncIterator[MessageTag]:
        async for payload in listen(info, "created_message_tag", organization_id):
            yield _message_tag(payload)

    @strawberry.subscription
    async def deleted_message_tag(
        self, info: Info, organization_id: strawberry.ID | None = None
    ) -> AsyncIterator[MessageTag]:
        async for payload in listen(info, "deleted_message_tag", organization_id):
            yield _message_tag(payload)


def _contact_tag(payload: dict[str, Any]) -> ContactTag:
    ids = payload["id"], payload["contact_id"], payload["tag_id"]
    return ContactTag.of(ContactTagged(*ids, payload.get("value")))


def _message_tag(payload: dict[str, Any]) -> MessageTag:
    ids = payload["id"], payload["message_id"], payload["tag_id"]
    return MessageTag.of(MessageTagged(*ids, payload.get("value")))
