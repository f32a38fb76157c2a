"""Sessions begin, go on and are interrupted: the engine's calls between two states of the rows."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.context import Ctx
from app.domain.contacts import history
from app.domain.flow_definitions.assets import DbAssets
from app.domain.flow_sessions.reasons import reason_text
from app.domain.flow_sessions.sessions import SessionRepository, set_fires
from app.models import Contact, FlowSession, Message
from app.runner.apply import apply, fill_session
from app.runner.contact import to_engine
from app.runner.play import play
from app.runner.scene import Scene
from flows import Contact as EngineContact
from flows import (
    Interrupted,
    SessionState,
    StateUnreadable,
    Stimulus,
    StimulusRejected,
    Trigger,
    resume,
    start,
)

#: Reasons that keep what the person says from reaching the session; shown as `end_reason`.
UNREADABLE = "state_unreadable"
#: Staff, a group or another flow started the flow.
NEW = "new_flow"


async def begin(
    ctx: Ctx,
    contact: Contact,
    assets: DbAssets,
    trigger: Trigger,
    *,
    seed: str,
    waiting: Sequence[FlowSession],
    reason: str = NEW,
    message: Message | None = None,
    is_draft: bool = False,
    broadcast_id: int | None = None,
) -> Scene:
    """A new session of the trigger's flow, up to its first wait or its end.

    Unless the flow runs in the background, those of the `waiting` sessions that do not are
    interrupted for `reason`.
    """
    head = assets.heads[trigger.flow_uuid]
    engine_contact = await to_engine(ctx, contact, assets)
    if not head.is_background:
        foreground = [session for session in waiting if not session.is_background]
        await interrupt_all(
            ctx, contact, foreground, assets, reason, seed=seed, by=head.name, seen=engine_contact
        )
        # Written first: only one session of a contact may wait in the foreground.
        await ctx.flush()
    sprint = await play(ctx, assets, seed, lambda env: start(assets, engine_contact, trigger, env))
    session = FlowSession(
        uuid=sprint.state.uuid,
        contact_id=contact.id or 0,
        flow_id=head.id,
        status=sprint.state.status,
        is_background=head.is_background,
        is_draft=is_draft,
        broadcast_id=broadcast_id,
        started_at=ctx.clock.now(),
    )
    fill_session(session, sprint, ctx.clock.now())
    await SessionRepository(ctx).begun(session)
    cause = "" if reason == NEW else reason
    scene = Scene(ctx, contact, session, assets, message, cause=cause, is_new=True)
    await apply(scene, sprint)
    return scene


async def go_on(
    ctx: Ctx,
    contact: Contact,
    session: FlowSession,
    assets: DbAssets,
    stimulus: Stimulus,
    *,
    seed: str,
    message: Message | None = None,
    ended_by: str = "",
    seen: EngineContact | None = None,
) -> Scene | None:
    """The session takes the stimulus; None when it comes too late or does not fit, and nothing changed.

    `seen` is the contact as the engine sees it, where that is known.
    """
    try:
        state = SessionState.from_json(session.state)
    except StateUnreadable as fault:
        await fail(ctx, session, UNREADABLE, str(fault))
        return None
    engine_contact = seen or await to_engine(ctx, contact, assets)
    try:
        sprint = await play(
            ctx, assets, seed, lambda env: resume(state, assets, engine_contact, stimulus, env)
        )
    except StimulusRejected:
        return None
    scene = Scene(ctx, contact, session, assets, message, ended_by=ended_by)
    await apply(scene, sprint)
    return scene


async def interrupt_all(
    ctx: Ctx,
    contact: Contact,
    waiting: Sequence[FlowSession],
    assets: DbAssets,
    reason: str,
    *,
    seed: str,
    by: str = "",
    seen: EngineContact | None = None,
) -> None:
    """The contact's `waiting` sessions end as interrupted for `reason`.

    `by` is the name of the flow that takes their place.
    """
    for session in waiting:
        name = f"{seed}:interrupt:{session.id}"
        scene = await go_on(
            ctx, contact, session, assets, Interrupted(reason), seed=name, ended_by=by, seen=seen
        )
        if scene is None and session.status == "waiting":
            await fail(ctx, session, reason, reason, status="interrupted", by=by)


async def fail(
    ctx: Ctx, session: FlowSession, code: str, text: str, *, status: str = "failed", by: str = ""
) -> None:
    """The session has ended without the engine, and its contact's history says why."""
    session.status = status
    session.wait_kind = session.wait_token = None
    session.timeout_at = session.expires_at = None
    session.ended_at, session.end_reason = ctx.clock.now(), code
    set_fires(ctx, session, {})
    why = reason_text(status, code, by)
    meta = {"context_id": session.id, "code": code, "reason": why, "detail": text[:200]}
    label = f"Flow Ended ({why}):"
    history.record(ctx, session.contact_id, "contact_flow_ended", label, meta)
