"""End a sprint: what the scene has become, as a Sprint."""

from __future__ import annotations

from flows.changes import changed
from flows.engine.sprint import Sprint
from flows.engine.walk import end
from flows.scene import Scene
from flows.session import RunState, RunStatus, SessionState, SessionStatus


def close(scene: Scene) -> Sprint:
    """Give the sprint; a failure ends every run that is still alive."""
    if scene.failure:
        return _sprint(scene, _ended(scene, "failed", "failed", scene.failure))
    if scene.wait is not None:
        state = changed(_carried(scene), status="waiting", wait=scene.wait)
        return _sprint(scene, state)
    status: SessionStatus = "expired" if scene.last_status == "expired" else "completed"
    state = _ended(scene, "completed", status, "expired" if status == "expired" else "")
    return _sprint(scene, state)


def interrupted(scene: Scene, reason: str) -> Sprint:
    """Give the sprint of a session that is ended from outside."""
    return _sprint(scene, _ended(scene, "interrupted", "interrupted", reason))


def _ended(scene: Scene, run_status: RunStatus, status: SessionStatus, reason: str) -> SessionState:
    for run in reversed(scene.live_runs()):
        end(scene, run, run_status)
    scene.effects.clear()
    if scene.trace is not None:
        scene.trace.note("end", scene.state.flow_uuid, None, status=status, reason=reason)
    return _carried(scene).ended(status, reason, scene.env.now)


def _carried(scene: Scene) -> SessionState:
    counters = changed(scene.counters, sprints=scene.counters.sprints + 1)
    return changed(
        scene.state,
        runs=_worth_keeping(scene),
        wait=None,
        input=scene.input,
        webhook=scene.webhook,
        counters=counters,
        history=scene.history(),
        choices=scene.choices,
        sent=scene.sent,
    )


def _worth_keeping(scene: Scene) -> tuple[RunState, ...]:
    """Give the first run, the live ones, their parents and last children: loops leave no heap behind."""
    runs = list(scene.runs.values())
    live = {run.uuid for run in scene.live_runs()}
    children = {run.parent_uuid: run.uuid for run in runs if run.parent_uuid in live}
    parents = {run.parent_uuid for run in scene.live_runs()}
    kept = {*live, *children.values(), *parents, *(run.uuid for run in runs[:1])}
    return tuple(run for run in runs if run.uuid in kept)


def _sprint(scene: Scene, state: SessionState) -> Sprint:
    trace = scene.trace.entries if scene.trace else ()
    return Sprint(state, scene.contact, tuple(scene.events), tuple(scene.effects), trace)
