"""A sprint becomes rows: messages, results, contact, session, timers and effects, in one transaction."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects.postgresql import insert

from app.domain.contacts import service as contacts
from app.domain.contacts.events import ContactUpdated
from app.domain.flow_sessions.counts import Step
from app.domain.flow_sessions.events import EffectQueued
from app.domain.flow_sessions.sessions import set_fires
from app.domain.flow_sessions.traces import keep_trace
from app.domain.groups import service as groups
from app.domain.messages import service as messages
from app.models import FlowEffect, FlowResult, FlowSession
from app.runner.effects import kind_of
from app.runner.handlers import HANDLERS
from app.runner.scene import Scene
from flows import Effect, Sprint

#: How long past its own time limit an effect's answer is awaited before it counts as failed.
EFFECT_GRACE = timedelta(seconds=45)
#: Wait kind -> kind of the timer for `timeout_at`.
_TIMEOUT_FIRES = {"msg": "timeout", "time": "time", "result": "time", "effect": "effect_deadline"}


async def apply(scene: Scene, sprint: Sprint) -> Counter[Step]:
    """Store all that the sprint says. Gives the counts, to be recorded after the commit."""
    scene.end_reason = sprint.state.end_reason
    for event in sprint.events:
        await HANDLERS[type(event)](scene, event)
    await _store_contact(scene)
    await _store_session(scene, sprint)
    await _store_results(scene, sprint)
    await _store_effects(scene, sprint.effects)
    await _store_trace(scene, sprint)
    if scene.outgoing:
        await messages.queue_new(scene.ctx, scene.contact, scene.outgoing)
    return scene.counts


async def _store_contact(scene: Scene) -> None:
    ctx, contact = scene.ctx, scene.contact
    changed = tuple(
        name
        for name in ("name", "language_id", "settings", "status")
        if ctx.session.is_modified(contact) and _is_changed(contact, name)
    )
    if changed:
        contacts.record_changes(ctx, contact, changed)
        await ctx.session.flush()
        ctx.emit(ContactUpdated(scene.contact_id, changed))
    kept = {key: pair for key, pair in scene.fields.items() if pair[0] is not None}
    await contacts.clear_fields(ctx, contact, scene.fields.keys() - kept.keys())
    if kept:
        await contacts.set_fields(ctx, contact, dict(kept))
    await _store_groups(scene)


def _is_changed(row: Any, name: str) -> bool:
    return bool(inspect(row).attrs[name].history.has_changes())


async def _store_groups(scene: Scene) -> None:
    if scene.removed_groups:
        await groups.remove_from_groups(scene.ctx, scene.contact_id, sorted(scene.removed_groups))
    if scene.added_groups:
        await groups.add_to_groups(scene.ctx, scene.contact_id, sorted(scene.added_groups))


async def _store_session(scene: Scene, sprint: Sprint) -> None:
    row, wait, now = scene.session, sprint.wait, scene.ctx.clock.now()
    if not scene.is_new:
        fill_session(row, sprint, now)
    fires = {}
    if wait and wait.timeout_at:
        fires[_TIMEOUT_FIRES[wait.kind]] = (wait.token, wait.timeout_at)
    if wait and wait.kind == "effect" and not wait.timeout_at:
        late = max((effect.timeout_s for effect in sprint.effects), default=15)
        fires["effect_deadline"] = (wait.token, now + timedelta(seconds=late) + EFFECT_GRACE)
    if wait and wait.expires_at:
        fires["expire"] = (wait.token, wait.expires_at)
    set_fires(scene.ctx, row, fires, is_new=scene.is_new)


def fill_session(row: FlowSession, sprint: Sprint, now: datetime) -> None:
    """The row says where the session stands after the sprint."""
    state, wait = sprint.state, sprint.wait
    row.state = state.to_json()
    row.state_version = row.state["v"]
    row.status = state.status
    row.wait_kind = wait.kind if wait else None
    row.wait_token = wait.token if wait else None
    row.timeout_at = wait.timeout_at if wait else None
    row.expires_at = wait.expires_at if wait else None
    row.current_node_uuid = wait.node_uuid if wait else row.current_node_uuid
    row.ended_at = None if wait else now
    row.end_reason = state.end_reason or None


async def _store_results(scene: Scene, sprint: Sprint) -> None:
    now = scene.ctx.clock.now()
    rows = {}
    for run in sprint.state.runs:
        head = scene.assets.heads.get(run.flow_uuid)
        if run.uuid in scene.changed_runs and head is not None:
            rows[head.id] = {
                "organization_id": scene.ctx.org_id,
                "contact_id": scene.contact_id,
                "flow_id": head.id,
                "session_id": scene.session.id,
                "results": dict(run.results),
                "inserted_at": now,
                "updated_at": now,
            }
    if not rows:
        return
    statement = insert(FlowResult)
    await scene.ctx.session.execute(
        statement.on_conflict_do_update(
            constraint="uq_flow_results_session",
            set_={
                "results": statement.excluded.results,
                "updated_at": statement.excluded.updated_at,
            },
        ),
        list(rows.values()),
    )


async def _store_trace(scene: Scene, sprint: Sprint) -> None:
    if not sprint.trace:
        return
    entries = [entry.to_json() for entry in sprint.trace]
    cause = scene.cause or str(entries[0].get("cause", ""))
    number = sprint.state.counters.sprints
    keep_trace(scene.ctx, scene.session.id or 0, number, cause, entries)


async def _store_effects(scene: Scene, effects: tuple[Effect, ...]) -> None:
    if not effects:
        return
    now = scene.ctx.clock.now()
    rows = [
        FlowEffect(
            organization_id=scene.ctx.org_id,
            uuid=effect.uuid,
            contact_id=scene.contact_id,
            session_id=scene.session.id or 0,
            flow_id=scene.flow_id(effect.flow_uuid),
            token=scene.session.wait_token or "",
            kind=kind_of(effect),
            request=effect.to_json(),
            deadline_at=now + timedelta(seconds=effect.timeout_s) + EFFECT_GRACE,
        )
        for effect in effects
    ]
    scene.ctx.session.add_all(rows)
    await scene.ctx.session.flush()
    for row in rows:
        scene.ctx.emit(EffectQueued(row.id or 0))
