"""What the actions have in common that ask the host for something and wait for its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.actions.base import Pause
from flows.effects import Effect, Request
from flows.limits import EFFECT_GRACE_S
from flows.step import Step
from flows.stimuli import EffectDone, Stimulus
from flows.values import Json


def ask(
    step: Step,
    action_uuid: str,
    kind: type[Request],
    /,
    note: Mapping[str, Json] | None = None,
    **fields: Any,
) -> Pause | None:
    """Give the pause for an effect; None when the session has asked too often since the last input."""
    if not step.scene.spend_effect(step.run):
        return None
    effect: Any = kind(
        uuid=step.env.new_uuid(),
        run_uuid=step.run_uuid,
        flow_uuid=step.flow.uuid,
        node_uuid=step.node.uuid,
        action_uuid=action_uuid,
        **fields,
    )
    made: Effect = effect
    return Pause("effect", made.timeout_s + EFFECT_GRACE_S, made, note or {})


def answer_of(stimulus: Stimulus) -> EffectDone:
    """Give the answer; a wait that ended without one gives a failure."""
    if isinstance(stimulus, EffectDone):
        return stimulus
    return EffectDone("", "", ok=False, error="no answer in time")


def conclude(step: Step, result_name: str, outcome: str, value: str, members: Json = None) -> None:
    """Note how the action ended, for the router, and save its result if it has a name (Glific)."""
    step.scene.outcome = outcome
    step.forget()
    if not result_name:
        return
    result: dict[str, Json] = {
        "name": result_name,
        "input": value,
        "category": outcome,
        "inserted_at": step.env.now.isoformat(),
        "node_uuid": step.node.uuid,
        **(members if isinstance(members, dict) else {}),
    }
    step.put_result(result_name, result, value, outcome)
