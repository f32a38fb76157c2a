"""wait_for_result: until an outside system brings results, or patience ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from flows.actions.base import Action, Outcome, Pause, action, template_of, text_of
from flows.expressions.template import Template
from flows.expressions.values import ExprError, to_whole
from flows.limits import MAX_WAIT_S
from flows.step import Step
from flows.stimuli import ResultArrived, Stimulus
from flows.values import Json


@dataclass(frozen=True)
class WaitForResult(Action):
    """The results are merged into the run's (resumeContactFlow, semantics 10)."""

    type: ClassVar[str] = "wait_for_result"

    delay: Template
    result_name: str

    def run(self, step: Step) -> Outcome:
        seconds = to_whole(step.text(self.delay)[0] or "0")
        if isinstance(seconds, ExprError) or seconds <= 0:
            return Pause("result", None)
        return Pause("result", min(seconds, MAX_WAIT_S))

    def receive(self, step: Step, stimulus: Stimulus) -> None:
        if not isinstance(stimulus, ResultArrived):
            step.scene.outcome = "No Response"
            return
        step.scene.outcome = "Completed"
        for name, value in stimulus.data.items():
            shown = dict(value) if isinstance(value, Mapping) else {"input": value, "value": value}
            step.put_result(str(name), shown, str(shown.get("input", "")), "")

    def results(self) -> tuple[str, ...]:
        return (self.result_name,) if self.result_name else ()


@action("wait_for_result")
def read(data: Mapping[str, Json]) -> Action:
    return WaitForResult(
        text_of(data, "uuid"), template_of(data, "delay"), text_of(data, "result_name")
    )
