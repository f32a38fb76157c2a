"""Walk through nodes until the session waits or ends.

The order of one visit: actions, then the flow that one of them entered, then the router's wait, then the
router, then the exit (design D, "Core contract"). Every limit is looked at here or in the scene.
"""

from __future__ import annotations

from datetime import timedelta

from flows.actions.base import Action, Enter, Pause
from flows.changes import changed
from flows.definition.flow import Exit, Flow, Node
from flows.events.message import MsgWait
from flows.events.run import ExitTaken, NodeEntered, RunEnded, RunStarted
from flows.expressions.values import ExprError, iso, to_whole
from flows.limits import MAX_PATH, MAX_WAIT_S
from flows.loops import EXIT_LOOP
from flows.routers.base import category_named
from flows.scene import KIN, Scene
from flows.session import RunState, RunStatus
from flows.step import Step
from flows.stimuli import EffectDone, Stimulus
from flows.values import Json
from flows.waits import Wait

Place = tuple[RunState, Flow, Node]


def enter(
    scene: Scene,
    flow: Flow,
    parent: RunState | None,
    results: dict[str, Json],
    *,
    terminal: bool = False,
) -> Place | None:
    """Begin a run of the flow and give its first place; None when there is none or it may not."""
    if len(scene.live_runs()) >= scene.env.limits.runs_in_stack:
        scene.fail(parent, "run_limit", "too many flows have entered one another")
        return None
    run = RunState(
        uuid=scene.env.new_uuid(),
        flow_uuid=flow.uuid,
        revision_id=flow.revision_id,
        parent_uuid=parent.uuid if parent else None,
        status="active",
        created_on=scene.env.now,
        flow_name=flow.name,
        results=results,
        # the message that starts a session belongs to its first run
        had_input=parent is None and scene.input is not None,
    )
    scene.runs[run.uuid] = run
    scene.emit(
        RunStarted,
        run,
        None,
        flow_name=flow.name,
        revision_id=flow.revision_id,
        parent_uuid=run.parent_uuid,
        terminal=terminal,
    )
    node = flow.node(flow.start_uuid)
    return (run, flow, node) if node else finish(scene, run, "completed")


def walk(scene: Scene, place: Place | None) -> None:
    """Visit nodes from this one on, in this run and its kin, until a wait, the end or a failure."""
    while place is not None and not scene.failure and scene.wait is None:
        place = visit(scene, *place)


def visit(scene: Scene, run: RunState, flow: Flow, node: Node) -> Place | None:
    """Visit one node and give the next place; None after a wait, the end or a failure."""
    if not _count_visit(scene, run, node):
        return None
    scene.outcome = None
    step = Step(scene, run.uuid, flow, node)
    step.emit(NodeEntered)
    return act(step, 0)


def _count_visit(scene: Scene, run: RunState, node: Node) -> bool:
    limits = scene.env.limits
    scene.steps += 1
    visits = run.visits.get(node.uuid, 0) + 1
    run = scene.change(
        run.uuid,
        node_uuid=node.uuid,
        visits={**run.visits, node.uuid: visits},
        path=(*run.path, node.uuid)[-MAX_PATH:],
    )
    scene.counters = changed(scene.counters, steps_since_input=scene.counters.steps_since_input + 1)
    if scene.steps > limits.steps_per_sprint:
        scene.fail(run, "step_limit", f"more than {limits.steps_per_sprint} steps at once")
        return False
    if visits > limits.visits_per_node:
        scene.fail(run, "visit_limit", f"a node was visited more than {visits - 1} times in a loop")
        return False
    return True


def act(step: Step, first: int, entered: Enter | None = None) -> Place | None:
    """Do the node's actions from the first one on, then leave it."""
    scene = step.scene
    for index, action in enumerate(step.node.actions[first:], first):
        step.note("action", type=action.type, uuid=action.uuid)
        outcome = action.run(step)
        if scene.failure:
            return None
        if isinstance(outcome, Pause) and not _is_refused(step, action, outcome):
            pause(step, outcome, index)
            return None
        if isinstance(outcome, Enter):
            entered = outcome
    if scene.is_looping:
        return exit_loop(step)
    skip_wait, scene.skip_wait = scene.skip_wait, False
    if entered is not None:
        return go_in(step, entered)
    router = step.node.router
    if router is not None and router.wait is not None and not skip_wait:
        wait_for_message(step)
        return None
    return leave(step)


def _is_refused(step: Step, action: Action, asked: Pause) -> bool:
    """Whether the host does not carry out what the action asks for; the action has failed then."""
    effect = asked.effect
    if effect is None or effect.type in step.env.effects:
        return False
    why = f"{action.type} is not available here"
    step.error("action:unsupported", why)
    step.scene.note = asked.note
    action.receive(step, EffectDone("", effect.uuid, ok=False, error=why))
    return True


def exit_loop(step: Step) -> Place | None:
    """Leave a loop of the same message by the category Exit Loop of this node, or go on towards it."""
    router = step.node.router
    if router is None:
        return take_exit(step, _first(step.node))
    step.scene.is_looping = False
    category = category_named(router.categories, EXIT_LOOP)
    return take_exit(step, category.exit_uuid) if category else leave(step)


def receive(step: Step, index: int, stimulus: Stimulus) -> Place | None:
    """Give the action what its pause ended with, and go on with the node."""
    action: Action = step.node.actions[index]
    action.receive(step, stimulus)
    return act(step, index + 1)


# -- flows in flows


def go_in(step: Step, entered: Enter) -> Place | None:
    """Push a run of the flow; a terminal one ends this run and its parents first."""
    scene, run = step.scene, step.run
    find = scene.assets
    flow = find.flow(entered.flow_uuid) if entered.flow_uuid else None
    flow = flow or (find.flow_by_name(entered.flow_name) if entered.flow_name else None)
    if flow is None:
        scene.fail(run, "flow_missing", f"missing flow '{entered.flow_name or entered.flow_uuid}'")
        return None
    if flow.type not in ENTERS.get(step.flow.type, ENTERS["messaging"]):
        text = f"can't enter flow '{flow.name}' of type {flow.type} from type {step.flow.type}"
        scene.fail(run, "flow_type", text)
        return None
    own: dict[str, Json] = {key: value for key, value in run.results.items() if key not in KIN}
    if entered.terminal:
        for live in reversed(scene.live_runs()):
            end(scene, live, "completed")
    parents: dict[str, Json] = {"parent": own} if own and not step.is_goflow else {}
    return enter(scene, flow, run, parents, terminal=entered.terminal)


#: Type of a flow -> types of the flows that it may enter. Glific writes `message` in exports.
_BACKGROUND = "messaging_background"
_MESSAGING = frozenset({"messaging", "message", _BACKGROUND})
ENTERS = {
    "messaging": _MESSAGING,
    "message": _MESSAGING,
    _BACKGROUND: frozenset({_BACKGROUND}),
    "messaging_offline": frozenset({"messaging_offline"}),
    "voice": frozenset({"voice", _BACKGROUND}),
}


def end(scene: Scene, run: RunState, status: RunStatus) -> RunState:
    """End a run and tell it."""
    run = scene.end_run(run, status)
    scene.emit(RunEnded, run, run.node_uuid, status=status)
    return run


def finish(scene: Scene, run: RunState, status: RunStatus) -> Place | None:
    """End a run; its parent goes on at the router of its node. Give that place's next one."""
    run = end(scene, scene.runs[run.uuid], status)
    if scene.env.dialect == "glific":
        scene.note_child(run)
    parent = scene.runs.get(run.parent_uuid or "")
    if parent is None or parent.status not in ("active", "waiting"):
        scene.last_status = status
        return None
    flow = scene.flow_of(parent)
    node = flow.node(parent.node_uuid) if flow else None
    if flow is None or node is None:
        scene.fail(parent, "missing_node", "the flow that waited for this one has changed")
        return None
    scene.outcome = None
    return leave(Step(scene, parent.uuid, flow, node))


# -- leaving a node


def leave(step: Step) -> Place | None:
    """Choose the exit and give the next place."""
    node = step.node
    if node.router is None:
        step.note("route", reason="the node has no router")
    step.scene.operand = ""
    exit_uuid = node.router.route(step) if node.router else _first(node)
    if node.router and exit_uuid is None:
        step.scene.fail(step.run, "no_route", "the router chose no category")
        return None
    return take_exit(step, exit_uuid)


def _first(node: Node) -> str | None:
    return node.exits[0].uuid if node.exits else None


def take_exit(step: Step, exit_uuid: str | None) -> Place | None:
    chosen: Exit | None = next((e for e in step.node.exits if e.uuid == exit_uuid), None)
    destination = chosen.destination_uuid if chosen else None
    if chosen:
        step.emit(
            ExitTaken,
            exit_uuid=chosen.uuid,
            destination_uuid=destination,
            operand=step.scene.operand,
        )
    node = step.flow.node(destination)
    if node is None:
        return finish(step.scene, step.run, "completed")
    return step.run, step.flow, node


def time_out(step: Step) -> Place | None:
    """Leave by the wait's timeout category, else by the one named No Response (catalogue 13)."""
    router = step.node.router
    spec = router.wait if router else None
    step.scene.operand = ""
    if router is None or spec is None:
        return leave(step)
    found = [c for c in router.categories if c.uuid == spec.timeout_category_uuid]
    category = found[0] if found else category_named(router.categories, "No Response")
    if category is None:
        return leave(step)
    step.note("route", category=category.name, reason="nobody answered in time")
    if router.result_name:
        # goflow: the result of a silence is the moment it was over
        value = iso(step.env.now) if step.is_goflow else ""
        shown = step.localized(category.uuid, "name", (category.name,))[0]
        step.save_result(
            router.result_name, value, category.name, "", more={"category_localized": shown}
        )
    return take_exit(step, category.exit_uuid)


# -- waits


def pause(step: Step, asked: Pause, index: int) -> None:
    """Wait for time, a result or an effect at this action."""
    if asked.effect is not None:
        step.scene.effects.append(asked.effect)
        if step.scene.trace is not None:
            step.note("call", **{k: v for k, v in asked.effect.to_json().items() if k in _CALL})
    _wait(step, asked, index)


def wait_for_message(step: Step) -> None:
    """Wait for the contact at this router, and tell it."""
    spec = step.node.router.wait if step.node.router else None
    seconds: int | None = None
    if spec and spec.timeout is not None:
        given = to_whole(step.value(spec.timeout))
        seconds = given if not isinstance(given, ExprError) and given > 0 else None
    wait = _wait(step, Pause("msg", seconds), -1)
    step.emit(
        MsgWait,
        timeout_seconds=seconds,
        expires_on=wait.expires_at,
        hint=spec.hint if spec else None,
        hint_details=spec.hint_details if spec else {},
    )


def _wait(step: Step, asked: Pause, index: int) -> Wait:
    scene, now = step.scene, step.env.now
    kind, seconds = asked.kind, asked.seconds
    timeout_at = now + timedelta(seconds=min(seconds, MAX_WAIT_S)) if seconds else None
    expires_at = None
    if kind == "msg" or (kind == "result" and timeout_at is None):
        expires_at = now + timedelta(minutes=step.flow.expire_after_minutes)
        # a wait does not expire before its own time is over
        if timeout_at and timeout_at >= expires_at:
            expires_at = timeout_at + timedelta(minutes=1)
    scene.change(step.run_uuid, status="waiting")
    scene.wait = Wait(
        kind=kind,
        token=step.env.new_uuid(),
        run_uuid=step.run_uuid,
        flow_uuid=step.flow.uuid,
        node_uuid=step.node.uuid,
        timeout_at=timeout_at,
        expires_at=expires_at,
        action_index=index,
        effect_uuid=asked.effect.uuid if asked.effect else None,
        note=asked.note,
    )
    if asked.kind != "msg":
        until = timeout_at or expires_at
        step.note("wait", wait=asked.kind, until=until.isoformat() if until else None)
    return scene.wait


#: What a trace says of a call. Headers are left out: they hold keys.
_CALL = frozenset({"type", "uuid", "method", "url", "body", "result_name", "timeout_s"})
