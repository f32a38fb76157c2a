"""set_contact_timezone: an IANA name, or blank to clear it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from flows.actions.base import Action, Outcome, action, template_of, text_of
from flows.events.contact import ContactTimezoneChanged
from flows.expressions.dates import zone_of
from flows.expressions.template import Template
from flows.step import Step
from flows.values import Json


@dataclass(frozen=True)
class SetContactTimezone(Action):
    type: ClassVar[str] = "set_contact_timezone"

    timezone: Template

    def run(self, step: Step) -> Outcome:
        name = step.exact(self.timezone)
        if name is None:
            return None
        name = name.strip()
        if name and zone_of(name) is None:
            step.error("timezone:invalid", f"unknown time zone '{name}'")
        elif name != step.contact.timezone:
            contact = replace(step.contact, timezone=name)
            step.change_contact(contact, ContactTimezoneChanged, timezone=name)
        return None


@action("set_contact_timezone")
def read(data: Mapping[str, Json]) -> Action:
    return SetContactTimezone(text_of(data, "uuid"), template_of(data, "timezone"))
