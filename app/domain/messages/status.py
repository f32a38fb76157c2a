"""What a message's status may become (XEP-0184 receipts, XEP-0333 markers)."""

from __future__ import annotations

from app.core.context import Ctx
from app.domain.messages.events import MessageStatusChanged
from app.domain.messages.repository import MessageRepository
from app.models import Message

#: Anything else is a late or repeated receipt and is ignored.
MOVES: dict[str, frozenset[str]] = {
    "enqueued": frozenset({"sent", "error", "contact_opt_out"}),
    "sent": frozenset({"delivered", "read", "error", "contact_opt_out"}),
    "delivered": frozenset({"read"}),
    "read": frozenset(),
    "error": frozenset({"enqueued"}),  # an operator may try again
    "contact_opt_out": frozenset(),
    "received": frozenset(),
}


async def move_status(
    ctx: Ctx, uuid: str, status: str, *, contact_id: int | None = None
) -> Message | None:
    """The message, moved to `status`; None when there is none or it may not move there.

    `contact_id` says whose receipt it is: nobody moves another person's message.
    Emits MessageStatusChanged.
    """
    message = await MessageRepository(ctx).lock_by_uuid(uuid)
    if message is None or (contact_id is not None and message.contact_id != contact_id):
        return None
    if status not in MOVES[message.status]:
        return None
    assert message.id is not None
    message.status = message.bsp_status = status
    message.updated_at = ctx.clock.now()
    await ctx.session.flush()
    ctx.emit(MessageStatusChanged(message.id, message.contact_id, status))
    return message
