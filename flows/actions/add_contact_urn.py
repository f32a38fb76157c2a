"""add_contact_urn: one more way to reach the contact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from flows.actions.base import Action, Outcome, action, template_of, text_of
from flows.events.contact import ContactUrnsChanged
from flows.expressions.template import Template
from flows.step import Step
from flows.urns import Urn, is_valid, normal, parse
from flows.values import Json


@dataclass(frozen=True)
class AddContactUrn(Action):
    """The URN is put behind those the contact has; one of another contact is refused."""

    type: ClassVar[str] = "add_contact_urn"

    scheme: str
    path: Template

    def run(self, step: Step) -> Outcome:
        path = step.exact(self.path)
        if path is None:
            return None
        if not path.strip():
            step.error("", "a URN without a path is not added")
            return None
        urn = normal(Urn(self.scheme, path.strip()), step.env.country)
        if not is_valid(urn):
            step.error("urn:invalid", f"'{urn}' is not a valid URN", urn=str(urn))
            return None
        held = [known for text in step.contact.urns if (known := parse(text))]
        if any(known.identity == urn.identity for known in held):
            return None
        if step.env.is_urn_taken(urn.identity):
            step.error("urn:taken", f"the URN {urn} belongs to another contact", urn=str(urn))
            return None
        urns = (*step.contact.urns, str(urn))
        step.change_contact(replace(step.contact, urns=urns), ContactUrnsChanged, urns=urns)
        return None


@action("add_contact_urn")
def read(data: Mapping[str, Json]) -> Action:
    return AddContactUrn(text_of(data, "uuid"), text_of(data, "scheme"), template_of(data, "path"))
