"""A message to a whole group: one row that stands for it, then batch by batch to its members.

A batch is one short transaction and one job, and the next one queues up again behind what others
want: one organization's bulk work never blocks another's.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from app.core.context import Ctx
from app.domain.broadcasts.events import BroadcastCompleted, BroadcastStarted
from app.domain.broadcasts.repository import BroadcastRepository, GroupRows
from app.domain.messages import staff
from app.domain.messages.errors import EmptyGroup
from app.domain.messages.events import GroupMessageSent
from app.domain.messages.outbound import queue_for
from app.domain.messages.repository import ContactRows, MessageRepository, get_home
from app.domain.messages.staff import Draft, Prepared
from app.models import Broadcast, Group, Message

#: Contacts of a group that the answer names at most.
MAX_NAMED = 1000
#: Members of one batch: some 100 ms of one transaction.
BATCH = 100


@dataclass(frozen=True, slots=True)
class Sent:
    """A message on its way to a group."""

    message: Message
    broadcast_id: int
    contact_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a broadcast is. With `is_done` false, the job comes again after `wait_s` seconds."""

    processed: int
    is_done: bool
    wait_s: float = 0.0


async def send_to_group(ctx: Ctx, draft: Draft, group_id: int | str) -> Sent:
    """The row that stands for the message, and a share for each member.

    Emits GroupMessageSent and BroadcastStarted. Raises NotFound, EmptyGroup, and what
    `staff.prepare` raises.
    """
    group = await GroupRows(ctx).get_for_update(group_id)
    prepared = await staff.prepare(ctx, draft)
    broadcasts = BroadcastRepository(ctx)
    broadcast = await broadcasts.add(
        Broadcast(
            kind="message",
            group_id=group.id,
            user_id=ctx.actor.user_id,
            params=_as_params(draft),
            started_at=ctx.clock.now(),
        )
    )
    assert broadcast.id is not None
    assert group.id is not None
    await broadcasts.enrol(broadcast.id, group.id)
    named = await broadcasts.contact_ids(broadcast.id, MAX_NAMED)
    if not named:
        raise EmptyGroup
    message = await _add_group_row(ctx, prepared, group, broadcast.id)
    assert message.id is not None
    ctx.emit(GroupMessageSent(message.id, group.id))
    ctx.emit(BroadcastStarted(broadcast.id))
    return Sent(message, broadcast.id, tuple(named))


async def process_broadcast(ctx: Ctx, broadcast_id: int, limit: int = BATCH) -> Progress:
    """The next members have their message queued, or are passed over where it may not be sent.

    No faster than `config.bulk_per_minute`. Emits BroadcastCompleted with the last.
    """
    broadcasts = BroadcastRepository(ctx)
    broadcast = await broadcasts.find(broadcast_id)
    if broadcast is None:
        return Progress(0, is_done=True)
    # Two jobs at once would each take what the pace allows.
    broadcast = await broadcasts.get_for_update(broadcast_id)
    if broadcast.completed_at is not None:
        return Progress(0, is_done=True)
    allowed = await _allowance(ctx, broadcast, limit)
    if allowed < 1:
        return Progress(0, is_done=False, wait_s=pause_s(ctx, 1 - allowed))
    shares = await broadcasts.take_pending(broadcast_id, int(allowed))
    if shares:
        await _send_batch(ctx, broadcast, [share.contact_id for share in shares])
        await broadcasts.mark_processed([share.id for share in shares if share.id], ctx.clock.now())
    if await broadcasts.has_pending(broadcast_id):
        return Progress(len(shares), is_done=False, wait_s=pause_s(ctx, len(shares) or 1))
    broadcast.completed_at = ctx.clock.now()
    await broadcasts.flush()
    ctx.emit(BroadcastCompleted(broadcast_id))
    return Progress(len(shares), is_done=True)


async def _send_batch(ctx: Ctx, broadcast: Broadcast, contact_ids: list[int]) -> None:
    assert broadcast.id is not None
    prepared = await staff.prepare(ctx, _as_draft(broadcast.params))
    locked = await ContactRows(ctx).lock(contact_ids)
    contacts = {
        id_: contact
        for id_, contact in locked.items()
        if staff.refusal(ctx, prepared, contact) is None
    }
    if not contacts:
        return
    row = await BroadcastRepository(ctx).group_row(broadcast.id)
    outbound = await staff.compose(
        ctx,
        prepared,
        contacts,
        group_message_id=row.id if row else None,
        broadcast_id=broadcast.id,
        user_id=broadcast.user_id,
    )
    await queue_for(ctx, contacts, outbound)


async def _add_group_row(ctx: Ctx, prepared: Prepared, group: Group, broadcast_id: int) -> Message:
    messages = MessageRepository(ctx)
    home = await get_home(messages)
    now = ctx.clock.now()
    group.last_message_number += 1
    group.last_communication_at = now
    draft, template = prepared.draft, prepared.template
    return await messages.add(
        Message(
            uuid=str(ctx.ids.uuid7()),
            body=staff.group_body(prepared),
            flow="outbound",
            type=prepared.kind,
            status="sent",
            bsp_status="sent",
            sender_id=home.contact_id,
            receiver_id=home.contact_id,
            contact_id=home.contact_id,
            user_id=ctx.actor.user_id,
            message_number=group.last_message_number,
            media_id=prepared.media_id,
            is_hsm=staff.is_template(prepared),
            template_id=template.id if template and staff.is_template(prepared) else None,
            params=list(draft.params) if staff.is_template(prepared) else None,
            group_id=group.id,
            broadcast_id=broadcast_id,
            send_at=draft.send_at,
            sent_at=now,
            inserted_at=now,
            updated_at=now,
        )
    )


async def _allowance(ctx: Ctx, broadcast: Broadcast, limit: int) -> float:
    """How many members may have their turn now: a second's worth ahead of the steady pace."""
    assert broadcast.id is not None
    per_s = ctx.services.config.bulk_per_minute / 60
    started = broadcast.started_at or ctx.clock.now()
    elapsed_s = (ctx.clock.now() - started).total_seconds()
    done = await BroadcastRepository(ctx).count_processed(broadcast.id)
    return min(float(limit), max(1.0, per_s) + elapsed_s * per_s - done)


def pause_s(ctx: Ctx, members: float) -> float:
    """Seconds in which `members` members fit; at most five, since a queue should not hold jobs."""
    return min(5.0, members * 60 / ctx.services.config.bulk_per_minute)


def _as_params(draft: Draft) -> dict[str, Any]:
    send_at = draft.send_at.isoformat() if draft.send_at else None
    return {**asdict(draft), "send_at": send_at, "params": list(draft.params)}


def _as_draft(params: dict[str, Any]) -> Draft:
    send_at = datetime.fromisoformat(params["send_at"]) if params.get("send_at") else None
    return Draft(**{**params, "send_at": send_at, "params": tuple(params["params"])})
