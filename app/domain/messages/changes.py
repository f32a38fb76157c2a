"""What people do to messages that are there: correct, withdraw and react to them.

Nobody changes what another person wrote. A flow that has taken a message already does not take it
again; one that has not sees what the message says now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.core.context import Ctx
from app.core.repository import Repository
from app.domain.messages.events import MessageChanged
from app.domain.messages.repository import MessageRepository
from app.domain.messages.shapes import Target, clean_body, key_of
from app.models import Message, MessageReaction, MessageRevision

_revision: Any = MessageRevision
_reaction: Any = MessageReaction

#: Changes of one message that are kept; later ones are ignored.
MAX_REVISIONS: Final = 100
#: Reactions of one person to one message, and characters of each: a family has eleven.
MAX_EMOJIS: Final = 20
MAX_EMOJI_CHARS: Final = 32


class RevisionRepository(Repository[MessageRevision]):
    """What the organization's messages said before."""

    model = MessageRevision
    resource = "Messages.MessageRevision"

    async def of_messages(self, ids: Sequence[int]) -> Mapping[int, list[MessageRevision]]:
        """The revisions of each message, oldest first."""
        query = self.query().where(_revision.message_id.in_(ids)).order_by(_revision.id)
        found: dict[int, list[MessageRevision]] = {}
        for row in await self.ctx.session.scalars(query):
            found.setdefault(row.message_id, []).append(row)
        return found


class ReactionRepository(Repository[MessageReaction]):
    """What people feel about the organization's messages."""

    model = MessageReaction
    resource = "Messages.MessageReaction"

    async def of_messages(self, ids: Sequence[int]) -> Mapping[int, list[MessageReaction]]:
        """The reactions to each message, by when their authors first reacted."""
        query = self.query().where(_reaction.message_id.in_(ids)).order_by(_reaction.id)
        found: dict[int, list[MessageReaction]] = {}
        for row in await self.ctx.session.scalars(query):
            found.setdefault(row.message_id, []).append(row)
        return found


async def correct_message(
    ctx: Ctx, contact_id: int, target: Target, body: str, external_id: str
) -> Message | None:
    """XEP-0308: the contact's own message says `body` now, and what it said is kept.

    None for a message that he did not send, or has withdrawn. Doing it twice does it once.
    Emits MessageChanged.
    """
    return await _revise(ctx, contact_id, target, "correction", body, external_id)


async def retract_message(
    ctx: Ctx, contact_id: int, target: Target, external_id: str
) -> Message | None:
    """XEP-0424: the contact's own message says nothing any more, and what it said is kept.

    None for a message that he did not send. Emits MessageChanged.
    """
    return await _revise(ctx, contact_id, target, "retraction", "", external_id)


async def react_to_message(
    ctx: Ctx, contact_id: int, target: Target, emojis: Sequence[str]
) -> Message | None:
    """XEP-0444 3.2: these are all of the contact's reactions to the message; none takes them back.

    None for a message that is not of his conversation. Emits MessageChanged.
    """
    key = key_of(contact_id, target.external_id)
    found = await MessageRepository(ctx).of_conversations([contact_id], [target.id], [key])
    if not found:
        return None
    message = found[0]
    told = [emoji for emoji in dict.fromkeys(emojis) if 0 < len(emoji) <= MAX_EMOJI_CHARS]
    await _keep_reactions(ctx, message.id, contact_id, told[:MAX_EMOJIS])
    ctx.emit(MessageChanged(message.id, contact_id))
    return message


async def _revise(
    ctx: Ctx, contact_id: int, target: Target, kind: str, body: str, external_id: str
) -> Message | None:
    key = key_of(contact_id, target.external_id)
    message = await MessageRepository(ctx).lock_own(contact_id, key)
    if message is None:
        return None
    had = await ctx.session.execute(
        select(_revision.kind, _revision.external_id).where(
            _revision.organization_id == ctx.org_id, _revision.message_id == message.id
        )
    )
    before = {known: kind_ for kind_, known in had}
    if external_id in before or "retraction" in before.values() or len(before) >= MAX_REVISIONS:
        return message if external_id in before else None
    now = ctx.clock.now()
    ctx.session.add(
        MessageRevision(
            organization_id=ctx.org_id,
            message_id=message.id,
            body=message.body,
            kind=kind,
            external_id=external_id,
            inserted_at=now,
            updated_at=now,
        )
    )
    message.body, message.updated_at = clean_body(body), now
    await ctx.session.flush()
    ctx.emit(MessageChanged(message.id, contact_id))
    return message


async def _keep_reactions(ctx: Ctx, message_id: int, contact_id: int, emojis: list[str]) -> None:
    if not emojis:
        await ctx.session.execute(
            delete(_reaction).where(
                _reaction.organization_id == ctx.org_id,
                _reaction.message_id == message_id,
                _reaction.contact_id == contact_id,
            )
        )
        return
    now = ctx.clock.now()
    values = {"emojis": emojis, "updated_at": now}
    made = insert(_reaction).values(
        organization_id=ctx.org_id,
        message_id=message_id,
        contact_id=contact_id,
        inserted_at=now,
        **values,
    )
    await ctx.session.execute(
        made.on_conflict_do_update(constraint="uq_message_reactions_contact_id", set_=values)
    )
