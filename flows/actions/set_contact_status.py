"""set_contact_status: active, blocked, stopped or archived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from flows.actions.base import Action, Outcome, action, text_of
from flows.events.contact import ContactStatusChanged
from flows.step import Step
from flows.values import Json

#: The specification's word -> the contact's own status.
STATUSES = {"active": "valid", "blocked": "blocked", "stopped": "invalid", "archived": "invalid"}


@dataclass(frozen=True)
class SetContactStatus(Action):
    """A contact who is not active any more leaves all groups (goflow)."""

    type: ClassVar[str] = "set_contact_status"

    status: str

    def run(self, step: Step) -> Outcome:
        status = STATUSES.get(self.status)
        if step.is_goflow and status is not None:
            status = self.status
        if status is None:
            step.error("status:invalid", f"unknown contact status '{self.status}'")
        elif status != step.contact.status:
            contact = replace(step.contact, status=status)
            step.change_contact(contact, ContactStatusChanged, status=self.status)
        return None


@action("set_contact_status")
def read(data: Mapping[str, Json]) -> Action:
    return SetContactStatus(text_of(data, "uuid"), text_of(data, "status"))
