"""What belongs to messages, loaded for many of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app.core.context import Ctx
from app.domain.messages.changes import ReactionRepository, RevisionRepository
from app.domain.messages.keeping import VisibleMessages
from app.domain.messages.repository import MediaRepository
from app.models import (
    Location,
    Message,
    MessageMedia,
    MessageReaction,
    MessageRevision,
    MessageTag,
    Tag,
)

_location: Any = Location
_marked: Any = MessageTag
_tag: Any = Tag


async def media_by_id(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, MessageMedia]:
    """Media by id."""
    return await MediaRepository(ctx).by_ids(ids)


async def messages_by_id(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, Message]:
    """Messages of contacts that the caller may see, by id."""
    return await VisibleMessages(ctx).by_ids(ids)


async def tags_of_messages(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, list[Tag]]:
    """The tags of each message, by label."""
    query = (
        select(_marked.message_id, Tag)
        .join(_tag, _tag.id == _marked.tag_id)
        .where(_marked.organization_id == ctx.org_id, _marked.message_id.in_(ids))
        .order_by(_tag.label)
    )
    found: dict[int, list[Tag]] = {}
    for message_id, tag in await ctx.session.execute(query):
        found.setdefault(message_id, []).append(tag)
    return found


async def locations_of_messages(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, Location]:
    """Where the sender was, by message."""
    of_org = _location.organization_id == ctx.org_id
    rows = await ctx.session.scalars(select(Location).where(of_org, _location.message_id.in_(ids)))
    return {row.message_id: row for row in rows if row.message_id is not None}


async def revisions_of_messages(
    ctx: Ctx, ids: Sequence[int]
) -> Mapping[int, list[MessageRevision]]:
    """What each message said before, oldest first."""
    return await RevisionRepository(ctx).of_messages(ids)


async def reactions_to_messages(
    ctx: Ctx, ids: Sequence[int]
) -> Mapping[int, list[MessageReaction]]:
    """How people reacted to each message."""
    return await ReactionRepository(ctx).of_messages(ids)
