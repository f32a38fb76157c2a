"""wait_for_time: sleep some seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from flows.actions.base import Action, Outcome, Pause, action, template_of, text_of
from flows.expressions.template import Template
from flows.expressions.values import ExprError, to_whole
from flows.limits import MAX_WAIT_S
from flows.step import Step
from flows.stimuli import Stimulus
from flows.values import Json


@dataclass(frozen=True)
class WaitForTime(Action):
    """Without a delay the flow goes on at once."""

    type: ClassVar[str] = "wait_for_time"

    delay: Template

    def run(self, step: Step) -> Outcome:
        seconds = to_whole(step.text(self.delay)[0] or "0")
        if isinstance(seconds, ExprError) or seconds <= 0:
            step.scene.outcome = "Completed"
            return None
        return Pause("time", min(seconds, MAX_WAIT_S))

    def receive(self, step: Step, stimulus: Stimulus) -> None:
        step.scene.outcome = "Completed"


@action("wait_for_time")
def read(data: Mapping[str, Json]) -> Action:
    return WaitForTime(text_of(data, "uuid"), template_of(data, "delay"))
