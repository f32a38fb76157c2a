"""Messages that name the one they answer (XEP-0461)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core.context import Ctx
from app.domain.messages.choices import choices
from app.domain.messages.repository import MessageRepository
from app.domain.messages.shapes import InboundMessage, key_of
from app.models import Message

#: Types of messages that offer answers, and so the types of the answers.
OFFERS = ("quick_reply", "list")


async def find_answered(ctx: Ctx, batch: Sequence[InboundMessage]) -> Mapping[int, Message]:
    """The messages that those of the batch answer: position in memory -> row.

    One query; none at all where nothing answers anything.
    """
    targets = [(one, one.reply_to) for one in batch if one.reply_to is not None]
    if not targets:
        return {}
    rows = await MessageRepository(ctx).of_conversations(
        sorted({one.contact_id for one, _ in targets}),
        [target.id for _, target in targets],
        [key_of(one.contact_id, target.external_id) for one, target in targets],
    )
    by_name = {(row.contact_id, name): row for row in rows for name in (row.uuid, _key(row))}
    found = {}
    for one, target in targets:
        for name in (target.id, key_of(one.contact_id, target.external_id)):
            if (row := by_name.get((one.contact_id, name))) is not None:
                found[id(one)] = row
    return found


def note_answered(row: Message, answered: Message | None) -> None:
    """The row says what it answers, and that it is one of the answers that were offered."""
    if answered is None:
        return
    row.context_message_id = answered.id
    is_offered = answered.type in OFFERS and row.body in choices(answered.interactive_content)
    if row.type == "text" and is_offered:
        row.type = answered.type
        row.interactive_content = {"type": answered.type, "title": row.body}


def _key(row: Message) -> str:
    return row.bsp_message_id or ""
