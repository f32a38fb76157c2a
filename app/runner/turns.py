"""One row of the inbox is one turn: what each kind of row does to the contact's sessions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.core.context import Ctx
from app.domain.chat.typing import note_typing
from app.domain.contacts import history
from app.domain.flow_definitions.assets import DbAssets, load_assets
from app.domain.flow_sessions.counts import Step
from app.domain.flow_sessions.sessions import SessionRepository
from app.domain.messages import service as messages
from app.models import Contact, ContactInbox, FlowSession, Message
from app.runner.begin import begin, go_on, interrupt_all
from app.runner.contact import find_message, to_engine
from app.runner.handlers.message import outbound_of
from app.runner.routing import Continue, Decision, Heard, Ignore, Offer, Start, decide
from app.runner.rules import rules_of
from app.runner.scene import Scene
from flows import (
    EffectDone,
    Expired,
    FlowTrigger,
    History,
    KeywordTrigger,
    ManualTrigger,
    Msg,
    MsgReceived,
    ResultArrived,
    Stimulus,
    TimeElapsed,
    Trigger,
    WaitTimedOut,
)
from flows.blanks import filled

#: A result that nobody waits for yet is kept so long.
EARLY_RESULT = timedelta(seconds=60)
#: Pause until such a result is looked at again.
EARLY_PAUSE = timedelta(seconds=2)


@dataclass(slots=True)
class Turn:
    """One row and whose it is. `waiting` holds the contact's sessions that wait."""

    ctx: Ctx
    contact: Contact
    row: ContactInbox
    waiting: Sequence[FlowSession]

    @property
    def foreground(self) -> FlowSession | None:
        return foreground_of(self.waiting)

    @property
    def seed(self) -> str:
        return self.row.dedupe_key

    @property
    def contact_id(self) -> int:
        assert self.contact.id is not None
        return self.contact.id


def foreground_of(waiting: Sequence[FlowSession]) -> FlowSession | None:
    """The session that hears messages."""
    return next((session for session in waiting if not session.is_background), None)


#: None when nothing was run.
Taken = Scene | None


async def take(turn: Turn) -> Counter[Step]:
    """Do what the row says and mark it done, unless it is to be looked at again later."""
    scene = await TURNS[turn.row.kind](turn)
    if turn.row.not_before is None:
        turn.row.done_at = turn.ctx.clock.now()
    return scene.counts if scene else Counter()


async def hear_message(turn: Turn) -> Taken:
    """Route a message of the contact (`app.runner.routing`)."""
    found = await find_message(turn.ctx, turn.row.payload["message_id"])
    if found is None:
        return None
    message, msg = found
    session = turn.foreground
    assets = await load_assets(turn.ctx, drafts=bool(session and session.is_draft))
    heard = _heard(turn, assets, msg)
    return await _carry_out(turn, assets, decide(heard, rules_of(assets)), message, msg)


def _heard(turn: Turn, assets: DbAssets, msg: Msg) -> Heard:
    session, contact = turn.foreground, turn.contact
    heads = {head.id: head for head in assets.heads.values()}
    current = heads.get(session.flow_id or 0) if session else None
    return Heard(
        text=msg.text,
        now=turn.ctx.clock.now(),
        wait_kind=session.wait_kind if session else None,
        ignores_keywords=bool(current and current.ignore_keywords),
        is_new_contact=contact.last_message_number <= 1,
        has_opted_out=contact.optout_time is not None,
        flow_uuid=current.uuid if current else None,
    )


async def _carry_out(
    turn: Turn, assets: DbAssets, decision: Decision, message: Message, msg: Msg
) -> Taken:
    if isinstance(decision, Ignore):
        return None
    if isinstance(decision, Continue):
        session = turn.foreground
        assert session is not None, "only a waiting session goes on"
        stimulus = MsgReceived(msg)
        return await go_on(
            turn.ctx, turn.contact, session, assets, stimulus, seed=turn.seed, message=message
        )
    if isinstance(decision, Offer):
        chosen = await _first_due(turn, assets, decision)
        return await _start(turn, assets, chosen, message, msg) if chosen else None
    return await _start(turn, assets, decision, message, msg)


async def _first_due(turn: Turn, assets: DbAssets, offer: Offer) -> Start | None:
    """The first of the flows that the person has not begun since its moment."""
    ids = {start.flow_uuid: assets.heads[start.flow_uuid].id for start in offer.starts}
    begun = await SessionRepository(turn.ctx).last_begun(turn.contact_id, list(ids.values()))
    for start in offer.starts:
        last = begun.get(ids[start.flow_uuid])
        if last is None or start.once_since is None or last <= start.once_since:
            return start
    return None


async def _start(
    turn: Turn, assets: DbAssets, decision: Start, message: Message, msg: Msg
) -> Taken:
    ctx = turn.ctx
    if decision.is_draft:
        assets = await load_assets(ctx, drafts=True)
    head = assets.heads[decision.flow_uuid]
    return await begin(
        ctx,
        turn.contact,
        assets,
        KeywordTrigger(head.uuid, msg, decision.keyword),
        seed=turn.seed,
        waiting=turn.waiting,
        reason=decision.reason,
        message=message,
        is_draft=decision.is_draft,
    )


async def start_flow(turn: Turn) -> Taken:
    """Staff, a group flow or another session start a flow for the contact."""
    payload = turn.row.payload
    if payload.get("unless_in_a_flow") and turn.foreground is not None:
        return None
    is_draft = bool(payload.get("is_draft"))
    assets = await load_assets(turn.ctx, drafts=is_draft)
    head = assets.heads.get(payload["flow_uuid"])
    if head is None or head.revision_id is None or not (head.is_active or is_draft):
        words = "Flow could not be started: it is not there, not active or was never published"
        meta = {"flow": {"uuid": payload["flow_uuid"]}}
        history.record(turn.ctx, turn.contact_id, "contact_flow_failed", words, meta)
        return None
    return await begin(
        turn.ctx,
        turn.contact,
        assets,
        _trigger(payload),
        seed=turn.seed,
        waiting=turn.waiting,
        is_draft=is_draft,
        broadcast_id=payload.get("broadcast_id"),
    )


def _trigger(payload: dict[str, Any]) -> Trigger:
    if "parent_run" in payload:
        past = History(**payload.get("history") or {})
        return FlowTrigger(payload["flow_uuid"], payload["parent_run"], past)
    return ManualTrigger(
        payload["flow_uuid"],
        params=payload.get("params") or {},
        default_results=payload.get("default_results") or {},
        user=payload.get("user") or "",
        origin=payload.get("origin") or "",
    )


async def send_message(turn: Turn) -> Taken:
    """Another contact's flow sends this one a message."""
    payload = turn.row.payload
    fill = await _filler(turn, payload.get("blanks") or {})
    outgoing = outbound_of(
        turn.contact_id,
        fill(payload["text"]),
        tuple(map(fill, payload["attachments"])),
        tuple(map(fill, payload["quick_replies"])),
        uuid=str(turn.ctx.ids.uuid7()),
        flow_id=payload.get("flow_id"),
    )
    await messages.queue_messages(turn.ctx, outgoing)
    return None


async def _filler(turn: Turn, blanks: Mapping[str, str]) -> Callable[[str], str]:
    """What puts the reader's own values into a text: @staff of send_broadcast."""
    if not blanks:
        return str
    contact, assets = turn.contact, await load_assets(turn.ctx)
    seen = await to_engine(turn.ctx, contact, assets)
    language = assets.language(seen.language)
    values = {
        "name": seen.name or seen.phone,
        "first_name": seen.name.split(" ")[0],
        "phone": seen.phone,
        "language": language.name if language else "",
        "status": seen.status,
        "id": seen.id,
        "uuid": seen.uuid,
        **{f"fields.{key}": value.value for key, value in seen.fields.items()},
    }
    return lambda text: filled(text, blanks, values)


async def fire(turn: Turn) -> Taken:
    """A timer of a session; one of an earlier wait is dropped."""
    token = turn.row.payload["token"]
    session = _session(turn)
    if session is None or session.wait_token != token:
        return None
    if turn.row.payload["fire"] == "effect_deadline":
        # XEP-0085 5.1: nobody composes any more, though the call may still be out.
        await note_typing(turn.ctx, turn.contact_id, "paused")
    return await _resume(turn, session, FIRES[turn.row.payload["fire"]](token))


#: Kind of a timer -> what the session hears.
FIRES: dict[str, Callable[[str], Stimulus]] = {
    "timeout": WaitTimedOut,
    "time": TimeElapsed,
    "expire": Expired,
    "effect_deadline": WaitTimedOut,
}


async def end_effect(turn: Turn) -> Taken:
    """A webhook has answered, or will not."""
    payload = turn.row.payload
    session = _session(turn)
    if session is None or session.wait_token != payload["token"]:
        return None
    return await _resume(
        turn,
        session,
        EffectDone(
            token=payload["token"],
            effect_uuid=payload["effect_uuid"],
            ok=payload["ok"],
            status=payload["status"],
            body_text=payload["body_text"],
            elapsed_ms=payload["elapsed_ms"],
            error=payload["error"],
            data=payload.get("data"),
        ),
    )


async def bring_result(turn: Turn) -> Taken:
    """An outside system resumes the flow; a result that comes early is kept for a minute."""
    payload, ctx = turn.row.payload, turn.ctx
    for session in turn.waiting:
        if session.wait_kind == "result" and _awaits(session, payload):
            turn.row.not_before = None
            return await _resume(turn, session, ResultArrived(payload["result"]))
    now = ctx.clock.now()
    if now - turn.row.inserted_at < EARLY_RESULT:
        turn.row.not_before = now + EARLY_PAUSE
        return None
    turn.row.not_before = None
    turn.row.error = "does not have any active flows awaiting results."
    return None


def _awaits(session: FlowSession, payload: dict[str, Any]) -> bool:
    """Whether the result is for the session's flow, or for one that it has entered."""
    wait = session.state.get("wait") or {}
    awaited: bool = wait.get("flow_uuid") == payload["flow_uuid"]
    return awaited or session.flow_id == payload["flow_id"]


async def interrupt(turn: Turn) -> Taken:
    """Everything the contact is in ends."""
    reason = str(turn.row.payload.get("reason") or "api_terminate")
    assets = await load_assets(turn.ctx)
    await interrupt_all(turn.ctx, turn.contact, turn.waiting, assets, reason, seed=turn.seed)
    return None


def _session(turn: Turn) -> FlowSession | None:
    wanted = turn.row.payload["session_id"]
    return next((session for session in turn.waiting if session.id == wanted), None)


async def _resume(turn: Turn, session: FlowSession, stimulus: Stimulus) -> Taken:
    assets = await load_assets(turn.ctx, drafts=session.is_draft)
    return await go_on(turn.ctx, turn.contact, session, assets, stimulus, seed=turn.seed)


TURNS: dict[str, Callable[[Turn], Awaitable[Taken]]] = {
    "message": hear_message,
    "start": start_flow,
    "send": send_message,
    "effect": end_effect,
    "timeout": fire,
    "time": fire,
    "expire": fire,
    "result": bring_result,
    "interrupt": interrupt,
}
