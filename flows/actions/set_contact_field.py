"""set_contact_field; the field `settings` holds consent and preferences (Glific)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from flows.actions.base import Action, Outcome, Ref, action, template_of, text_of
from flows.contact import FieldValue
from flows.events.contact import (
    ContactFieldChanged,
    ContactSettingsChanged,
    ContactStatusChanged,
)
from flows.expressions.scope import snakify
from flows.expressions.template import Template
from flows.fields import understand
from flows.step import Step
from flows.values import FieldRef, Json

_CONSENT = frozenset({"optin", "optout"})


@dataclass(frozen=True)
class SetContactField(Action):
    """A blank value clears the field. A field that is new is made by the host (Glific)."""

    type: ClassVar[str] = "set_contact_field"

    key: str
    name: str
    value: Template

    def run(self, step: Step) -> Outcome:
        value = step.exact(self.value, step.env.limits.field_chars)
        if value is None or not self.key:
            return None
        if self.key == "settings":
            _change_settings(step, value.strip())
        else:
            self._change_field(step, value.strip())
        return None

    def _change_field(self, step: Step, value: str) -> None:
        old = step.contact.fields.get(self.key)
        if (old.value if old else "") == value:
            return
        known = step.scene.assets.field(self.key)
        if known is None and step.is_goflow:
            step.missing("field", self.key, self.name)
            return
        label = known.name if known else self.name or self.key
        kind = known.type if known else "string"
        field = known or FieldRef(self.key, label)
        parsed = understand(step.env, step.contact, field, value) if value else {}
        new = FieldValue(value, label, kind, step.env.now, parsed) if value else None
        fields = {key: item for key, item in step.contact.fields.items() if key != self.key}
        if new:
            fields[self.key] = new
        step.change_contact(
            replace(step.contact, fields=fields),
            ContactFieldChanged,
            key=self.key,
            name=label,
            value=new,
            previous=old.value if old else None,
        )

    def refs(self) -> tuple[Ref, ...]:
        return () if self.key == "settings" else (Ref("field", self.key, self.name),)


def _change_settings(step: Step, value: str) -> None:
    """Opt in or out, reset the preferences (blank or "reset"), or choose one."""
    word = value.lower()
    if word in _CONSENT:
        moment = step.env.now if word == "optin" else None
        contact = replace(step.contact, optin_time=moment)
        step.change_contact(contact, ContactStatusChanged, status=word)
        return
    chosen = {} if word in ("", "reset") else {**step.contact.settings, snakify(value): True}
    if chosen != dict(step.contact.settings):
        contact = replace(step.contact, settings=chosen)
        step.change_contact(contact, ContactSettingsChanged, settings=chosen)


@action("set_contact_field")
def read(data: Mapping[str, Json]) -> Action:
    field = data.get("field")
    field = field if isinstance(field, dict) else {}
    name = text_of(field, "name")
    return SetContactField(
        uuid=text_of(data, "uuid"),
        key=text_of(field, "key") or snakify(name),
        name=name,
        value=template_of(data, "value"),
    )
