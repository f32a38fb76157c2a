"""Actions that this engine knows of and does not do: they fail visibly and the flow goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flows.actions.base import Action, Outcome, text_of
from flows.step import Step
from flows.values import Json


@dataclass(frozen=True)
class Unsupported(Action):
    """Tells action:unsupported and leaves by the category Failure, if its node has one."""

    kind: str
    result_name: str

    def run(self, step: Step) -> Outcome:
        step.error("action:unsupported", f"the action {self.kind or 'without a type'} is not done")
        step.scene.outcome = "Failure"
        if self.result_name:
            step.save_result(self.result_name, "", "Failure", "")
        return None


def read_unsupported(data: Mapping[str, Json]) -> Action:
    """Read any action as one that is not done; also set_contact_profile, open_ticket, ..."""
    return Unsupported(text_of(data, "uuid"), text_of(data, "type"), text_of(data, "result_name"))
