"""Go on with a session that waits."""

from __future__ import annotations

from collections.abc import Mapping

from flows.assets import Assets
from flows.contact import Contact
from flows.engine.close import close, interrupted
from flows.engine.sprint import Sprint
from flows.engine.turn import cause_of
from flows.engine.walk import Place, finish, leave, receive, time_out, walk
from flows.environment import Environment
from flows.errors import StaleStimulus, StimulusRejected
from flows.events.message import MsgReceivedEvent
from flows.scene import Scene
from flows.session import SessionState
from flows.step import Step
from flows.stimuli import (
    EffectDone,
    Expired,
    Interrupted,
    MsgReceived,
    ResultArrived,
    Stimulus,
    TimeElapsed,
    WaitTimedOut,
)
from flows.waits import Wait, WaitKind

#: Which stimuli a wait of each kind takes, besides Interrupted.
TAKES: Mapping[WaitKind, tuple[type, ...]] = {
    "msg": (MsgReceived, WaitTimedOut, Expired),
    "time": (TimeElapsed, WaitTimedOut),
    "result": (ResultArrived, TimeElapsed, WaitTimedOut, Expired),
    "effect": (EffectDone, WaitTimedOut, TimeElapsed),
}


_RESUMES: Mapping[type, str] = {
    MsgReceived: "msg",
    WaitTimedOut: "wait_timeout",
    Expired: "wait_expiration",
}


def resume(
    state: SessionState, assets: Assets, contact: Contact, stimulus: Stimulus, env: Environment
) -> Sprint:
    """Go on from the session's wait until the next one or the end.

    Raises StaleStimulus for the token of an earlier wait or an ended session, StimulusRejected for a
    stimulus that this wait cannot take (a message during an effect). The state is unchanged then.
    """
    wait = accepted(state, stimulus)
    scene = Scene(state, assets, contact, env)
    if scene.trace is not None:
        scene.trace.note("turn", wait.flow_uuid, wait.node_uuid, **cause_of(stimulus))
    if isinstance(stimulus, Interrupted):
        return interrupted(scene, stimulus.reason)
    if state.counters.sprints >= env.limits.sprints_per_session:
        scene.fail(scene.runs[wait.run_uuid], "sprint_limit", "the session has gone on too often")
        return close(scene)
    scene.resume_type = _RESUMES.get(type(stimulus), "")
    if isinstance(stimulus, MsgReceived):
        scene.take_input(stimulus.msg)
        scene.regroup()
        scene.change(wait.run_uuid, had_input=True)
    _go_on(scene, wait, stimulus)
    return close(scene)


def accepted(state: SessionState, stimulus: Stimulus) -> Wait:
    """Give the wait that takes the stimulus. Raises StaleStimulus or StimulusRejected."""
    wait = state.wait
    if state.status != "waiting" or wait is None:
        raise StaleStimulus("the session has ended")
    if isinstance(stimulus, Interrupted):
        return wait
    if not isinstance(stimulus, MsgReceived):
        token = stimulus.token
        if token is not None and token != wait.token:
            raise StaleStimulus("the session waits for something else by now")
    if not isinstance(stimulus, TAKES[wait.kind]):
        kind = type(stimulus).__name__
        raise StimulusRejected(f"a wait of kind {wait.kind} does not take {kind}")
    if isinstance(stimulus, EffectDone) and stimulus.effect_uuid != wait.effect_uuid:
        raise StaleStimulus("the answer is to another effect")
    return wait


def _go_on(scene: Scene, wait: Wait, stimulus: Stimulus) -> None:
    run = scene.change(wait.run_uuid, status="active")
    flow = scene.flow_of(run)
    node = flow.node(wait.node_uuid) if flow else None
    if isinstance(stimulus, Expired):
        place = finish(scene, run, "expired")
    elif flow is None or node is None or wait.action_index >= len(node.actions):
        scene.fail(run, "missing_node", "the node where the contact waited is not there any more")
        return
    else:
        place = _first_place(Step(scene, run.uuid, flow, node), wait, stimulus)
    walk(scene, place)


def _first_place(step: Step, wait: Wait, stimulus: Stimulus) -> Place | None:
    if wait.action_index >= 0:
        return receive(step, wait.action_index, stimulus)
    if isinstance(stimulus, MsgReceived):
        msg = stimulus.msg
        step.emit(MsgReceivedEvent, msg_uuid=msg.uuid, text=msg.text)
        return leave(step)
    return time_out(step)
