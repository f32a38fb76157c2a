"""Begin a session."""

from __future__ import annotations

from flows.assets import Assets
from flows.contact import Contact
from flows.engine.close import close
from flows.engine.sprint import Sprint
from flows.engine.turn import message_of
from flows.engine.walk import enter, walk
from flows.environment import Environment
from flows.events.message import MsgReceivedEvent
from flows.scene import Scene
from flows.session import SessionState
from flows.triggers import FlowTrigger, History, KeywordTrigger, ManualTrigger, Trigger
from flows.values import Json


def start(assets: Assets, contact: Contact, trigger: Trigger, env: Environment) -> Sprint:
    """Begin a session of the trigger's flow and go until the first wait or the end.

    A flow that `assets` does not know gives a failed session (end_reason flow_missing), no error.
    """
    state = SessionState(
        uuid=env.new_uuid(),
        status="waiting",
        flow_uuid=trigger.flow_uuid,
        runs=(),
        created_on=env.now,
        trigger=_summary(trigger),
        history=trigger.history if isinstance(trigger, FlowTrigger) else History(),
    )
    scene = Scene(state, assets, contact, env)
    if scene.trace is not None:
        scene.trace.note("turn", trigger.flow_uuid, None, **_cause(trigger))
    if isinstance(trigger, KeywordTrigger):
        scene.take_input(trigger.msg)
        scene.skip_wait = env.dialect == "goflow"
        msg = trigger.msg
        scene.emit(MsgReceivedEvent, None, None, msg_uuid=msg.uuid, text=msg.text)
    flow = assets.flow(trigger.flow_uuid)
    if flow is None:
        scene.fail(None, "flow_missing", f"missing flow '{trigger.flow_uuid}'")
        return close(scene)
    scene.regroup()
    walk(scene, enter(scene, flow, None, _results(trigger, env)))
    return close(scene)


def _cause(trigger: Trigger) -> dict[str, Json]:
    """Give why the session begins, for its trace."""
    if isinstance(trigger, KeywordTrigger):
        return {"cause": "keyword", "keyword": trigger.keyword} | message_of(trigger.msg)
    if isinstance(trigger, ManualTrigger):
        given = {"user": trigger.user, "origin": trigger.origin, "params": dict(trigger.params)}
        results = {"default_results": dict(trigger.default_results)}
        return {"cause": "manual"} | {k: v for k, v in (given | results).items() if v}
    parent = trigger.parent_run.get("flow")
    return {"cause": "flow", "parent": parent.get("name") if isinstance(parent, dict) else None}


def _summary(trigger: Trigger) -> dict[str, Json]:
    """Give the trigger as @trigger shows it."""
    if isinstance(trigger, KeywordTrigger):
        return {"type": "msg", "keyword": trigger.keyword or None, "params": {}}
    if isinstance(trigger, ManualTrigger):
        return {
            "type": trigger.kind,
            "keyword": None,
            "params": dict(trigger.params),
            "user": trigger.user,
            "origin": trigger.origin,
            "batch": trigger.batch,
            **trigger.more,
        }
    return {"type": "flow_action", "keyword": None, "parent_run": dict(trigger.parent_run)}


def _results(trigger: Trigger, env: Environment) -> dict[str, Json]:
    """Give the results that the first run begins with (catalogue 12.9)."""
    if env.dialect == "goflow" and not isinstance(trigger, ManualTrigger):
        return {}
    if isinstance(trigger, KeywordTrigger):
        word: dict[str, Json] = {
            "input": trigger.keyword,
            "value": trigger.keyword,
            "category": trigger.keyword,
            "inserted_at": env.now.isoformat(),
        }
        return {"flow_keyword": word}
    if isinstance(trigger, ManualTrigger):
        return dict(trigger.default_results)
    results = trigger.parent_run.get("results")
    return {"parent": dict(results)} if isinstance(results, dict) and results else {}
