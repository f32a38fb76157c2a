"""What staff and other systems ask of flows: start, resume, end, for one person or a group."""

from __future__ import annotations

from typing import Any

from app.core.context import Ctx
from app.core.errors import Invalid, Refused
from app.domain.broadcasts.events import BroadcastCompleted
from app.domain.broadcasts.repository import BroadcastRepository
from app.domain.broadcasts.service import Progress, pause_s
from app.domain.contacts import history
from app.domain.contacts.repository import ContactRepository
from app.domain.flow_definitions import service as definitions
from app.domain.flow_definitions.shape import check_shape
from app.domain.flow_sessions import counts, inbox
from app.domain.flow_sessions.events import GroupFlowStarted
from app.domain.flow_sessions.sessions import SessionRepository
from app.domain.groups.repository import GroupRepository
from app.domain.messages.events import GroupMessageSent
from app.domain.messages.repository import MessageRepository, get_home
from app.models import Broadcast, Flow, Group, Message
from flows.expressions.jsontext import read_json
from flows.expressions.weight import weigh
from flows.limits import MAX_VALUE_DEPTH, MAX_VALUE_WEIGHT

#: The refusal that staff see when a flow cannot be begun with somebody.
CANNOT_SEND = "Cannot send the message to the contact."
NOT_AWAITED = "does not have any active flows awaiting results."


async def start_contact_flow(
    ctx: Ctx, flow_id: int | str, contact_id: int | str, default_results: object = None
) -> None:
    """The contact's inbox holds the start of the flow. Emits InboxFilled.

    Raises NotFound; Refused when the flow does not run or the contact may not be written to.
    """
    flow = await _runnable(ctx, flow_id)
    contact = await ContactRepository(ctx).get(contact_id)
    if contact.status != "valid" or contact.optout_time is not None:
        raise Refused(CANNOT_SEND, key="contact")
    payload = {
        "flow_uuid": flow.uuid,
        "default_results": read_object(default_results),
        "user": ctx.actor.name,
        "origin": "staff" if ctx.actor.kind == "staff" else ctx.actor.kind,
    }
    await inbox.put(ctx, contact.id or 0, "start", f"start:{ctx.ids.uuid7()}", payload)


async def resume_contact_flow(
    ctx: Ctx, flow_id: int | str, contact_id: int | str, result: object
) -> None:
    """The session that waits for results will hear of it. Emits InboxFilled.

    A result may come a moment before the flow reaches its wait: while the contact is in the
    flow at all it is kept for a minute. Raises NotFound; Refused without any such session.
    """
    flow = await definitions.get_flow(ctx, flow_id)
    contact = await ContactRepository(ctx).get(contact_id)
    waiting = await SessionRepository(ctx).waiting(contact.id or 0)
    if not any(_may_await(session.state, flow) for session in waiting):
        raise Refused(NOT_AWAITED, key="contact")
    payload = {"flow_id": flow.id, "flow_uuid": flow.uuid, "result": read_object(result)}
    await inbox.put(ctx, contact.id or 0, "result", f"result:{ctx.ids.uuid7()}", payload)


def _may_await(state: dict[str, Any], flow: Flow) -> bool:
    """Whether the flow runs in the session and could come to a wait for results."""
    wait = state.get("wait") or {}
    in_it = any(run.get("flow_uuid") == flow.uuid for run in state.get("runs") or ())
    return in_it and wait.get("kind") in ("result", "effect")


async def terminate_contact_flows(ctx: Ctx, contact_id: int | str) -> None:
    """Everything the contact is in ends, even while a webhook is out. Emits InboxFilled."""
    contact = await ContactRepository(ctx).get(contact_id)
    history.record(
        ctx, contact.id or 0, "contact_flow_ended_all", "All contact flows are ended.", {}
    )
    payload = {"reason": "api_terminate"}
    await inbox.put(ctx, contact.id or 0, "interrupt", f"interrupt:{ctx.ids.uuid7()}", payload)


async def reset_flow_count(ctx: Ctx, flow_id: int | str) -> None:
    """The counters shown in the editor begin at nought. Raises NotFound."""
    flow = await definitions.get_flow(ctx, flow_id)
    await counts.reset(ctx, flow.id or 0)


async def start_group_flow(
    ctx: Ctx, flow_id: int | str, group_id: int | str, default_results: object = None
) -> Broadcast:
    """Everybody in the group will be led into the flow, at the installation's pace.

    Emits GroupFlowStarted and GroupMessageSent. Raises NotFound; Refused when the flow does not run.
    """
    flow = await _runnable(ctx, flow_id)
    group = await GroupRepository(ctx).get_for_update(group_id)
    shares = BroadcastRepository(ctx)
    broadcast = await shares.add(
        Broadcast(
            kind="flow",
            group_id=group.id,
            flow_id=flow.id,
            user_id=ctx.actor.user_id,
            params={"default_results": read_object(default_results), "user": ctx.actor.name},
            started_at=ctx.clock.now(),
        )
    )
    await shares.enrol(broadcast.id or 0, group.id or 0)
    await _add_group_row(ctx, flow, group, broadcast)
    ctx.emit(GroupFlowStarted(broadcast.id or 0))
    return broadcast


async def lead_in(ctx: Ctx, broadcast_id: int) -> Progress:
    """The next people of the group are led into the flow, no faster than the installation's pace.

    Emits InboxFilled for each and BroadcastCompleted with the last.
    """
    shares = BroadcastRepository(ctx)
    broadcast = await shares.get_for_update(broadcast_id)
    if broadcast.completed_at is not None:
        return Progress(0, is_done=True)
    flow = await definitions.get_flow(ctx, broadcast.flow_id or 0)
    per_s = ctx.services.config.bulk_per_minute / 60
    now = ctx.clock.now()
    passed_s = (now - (broadcast.started_at or now)).total_seconds()
    allowed = int(max(1.0, per_s) + passed_s * per_s) - await shares.count_processed(broadcast_id)
    # After a pause the backlog is not made good at once: at most two seconds' worth a time.
    taken = await shares.take_pending(broadcast_id, max(0, min(allowed, int(2 * per_s) + 1)))
    payload = {
        "flow_uuid": flow.uuid,
        "default_results": broadcast.params.get("default_results") or {},
        "user": broadcast.params.get("user") or "",
        "origin": "group",
        "broadcast_id": broadcast_id,
    }
    items = [
        (share.contact_id, f"broadcast:{broadcast_id}:{share.contact_id}", payload)
        for share in taken
    ]
    await inbox.put_many(ctx, "start", items)
    await shares.mark_processed([share.id for share in taken if share.id], now)
    if await shares.has_pending(broadcast_id):
        return Progress(len(taken), is_done=False, wait_s=pause_s(ctx, len(taken) or 1))
    broadcast.completed_at = now
    await shares.flush()
    ctx.emit(BroadcastCompleted(broadcast_id, "flow"))
    return Progress(len(taken), is_done=True)


async def _add_group_row(ctx: Ctx, flow: Flow, group: Group, broadcast: Broadcast) -> None:
    """One message in the group's conversation says what was begun."""
    messages = MessageRepository(ctx)
    home = await get_home(messages)
    now = ctx.clock.now()
    group.last_message_number += 1
    group.last_communication_at = now
    row = await messages.add(
        Message(
            uuid=str(ctx.ids.uuid7()),
            body=f"Starting flow: {flow.name} for group: {group.label}",
            flow="outbound",
            status="sent",
            bsp_status="sent",
            sender_id=home.contact_id,
            receiver_id=home.contact_id,
            contact_id=home.contact_id,
            user_id=ctx.actor.user_id,
            message_number=group.last_message_number,
            group_id=group.id,
            broadcast_id=broadcast.id,
            flow_id=flow.id,
            sent_at=now,
            inserted_at=now,
            updated_at=now,
        )
    )
    ctx.emit(GroupMessageSent(row.id or 0, group.id or 0))


async def _runnable(ctx: Ctx, flow_id: int | str) -> Flow:
    flow = await definitions.get_flow(ctx, flow_id)
    if not flow.is_active:
        raise Refused("Flow is not active", key="Flow")
    if flow.published_revision_id is None:
        raise Refused("Flow is not published", key="Flow")
    return flow


def read_object(value: object) -> dict[str, Any]:
    """A JSON object, given as such or as text, that a session can keep. Raises Invalid(result)."""
    if value is None or value == "":
        return {}
    try:
        parsed = read_json(value) if isinstance(value, str) else value
    except ValueError as fault:
        raise Invalid("result", f"cannot be read as JSON: {fault}"[:200]) from fault
    if not isinstance(parsed, dict):
        raise Invalid("result", "is not a JSON object")
    if weigh(parsed) is None:
        most = f"{MAX_VALUE_WEIGHT:,} characters and {MAX_VALUE_DEPTH} levels"
        raise Invalid("result", f"is too large or nested too deeply: {most} are the most")
    return check_shape(parsed, "result")
