"""set_contact_name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from flows.actions.base import Action, Outcome, action, template_of, text_of
from flows.events.contact import ContactNameChanged
from flows.expressions.template import Template
from flows.step import Step
from flows.values import Json


@dataclass(frozen=True)
class SetContactName(Action):
    type: ClassVar[str] = "set_contact_name"

    name: Template

    def run(self, step: Step) -> Outcome:
        name = step.exact(self.name, step.env.limits.name_chars)
        if name is None:
            return None
        name = name.strip()
        if name != step.contact.name:
            step.change_contact(replace(step.contact, name=name), ContactNameChanged, name=name)
        return None


@action("set_contact_name")
def read(data: Mapping[str, Json]) -> Action:
    return SetContactName(text_of(data, "uuid"), template_of(data, "name"))
