"""set_contact_profile: another person who uses the same phone (Glific)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from flows.actions.base import Action, Outcome, action, template_of, text_of
from flows.actions.outside import answer_of, ask, conclude
from flows.effects import ChangeProfile
from flows.events.outside import ProfileChanged
from flows.expressions.template import Template
from flows.step import Step
from flows.stimuli import Stimulus
from flows.values import Json


@dataclass(frozen=True)
class SetContactProfile(Action):
    """Ends in Success or Failure, as the host says; profiles are the host's."""

    type: ClassVar[str] = "set_contact_profile"

    change: str
    value: Template
    kind: Template
    result_name: str

    def run(self, step: Step) -> Outcome:
        return ask(
            step,
            self.uuid,
            ChangeProfile,
            change=self.change,
            value=step.text(self.value)[0].strip(),
            kind=step.text(self.kind)[0].strip(),
            result_name=self.result_name,
        )

    def receive(self, step: Step, stimulus: Stimulus) -> None:
        done = answer_of(stimulus)
        if not done.ok:
            conclude(step, self.result_name, "Failure", done.error or "")
            return
        profile = done.data if isinstance(done.data, dict) else {}
        step.emit(ProfileChanged, effect_uuid=done.effect_uuid, change=self.change, profile=profile)
        conclude(step, self.result_name, "Success", str(profile.get("name") or ""))

    def results(self) -> tuple[str, ...]:
        return (self.result_name,) if self.result_name else ()


@action("set_contact_profile")
def read(data: Mapping[str, Json]) -> Action:
    value = data.get("value")
    made = value if isinstance(value, dict) else {}
    return SetContactProfile(
        uuid=text_of(data, "uuid"),
        change=text_of(data, "profile_type").split(" ")[0].lower(),
        value=template_of(made, "name") if made else template_of(data, "value"),
        kind=template_of(made, "type"),
        result_name=text_of(data, "result_name"),
    )
