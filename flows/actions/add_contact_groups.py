"""add_contact_groups: the contact joins groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from flows.actions.base import Action, Outcome, Ref, action, text_of
from flows.actions.references import NamedRef, find_groups, read_refs, refs_of, static_groups
from flows.events.contact import ContactGroupsChanged
from flows.membership import OUTSIDE
from flows.step import Step
from flows.values import Json


@dataclass(frozen=True)
class AddContactGroups(Action):
    """Groups that the contact is in already do not count; smart groups cannot be joined."""

    type: ClassVar[str] = "add_contact_groups"

    groups: tuple[NamedRef, ...]

    def run(self, step: Step) -> Outcome:
        held = {group.uuid for group in step.contact.groups}
        groups = static_groups(step, find_groups(step, self.groups), "added to")
        if groups and step.contact.status in OUTSIDE and step.is_goflow:
            step.error("", "a contact who is not active is in no group")
            return None
        found = {group.uuid: group for group in groups}
        added = tuple(group for uuid, group in found.items() if uuid not in held)
        if added:
            contact = replace(step.contact, groups=(*step.contact.groups, *added))
            step.change_contact(contact, ContactGroupsChanged, added=added)
        return None

    def refs(self) -> tuple[Ref, ...]:
        return refs_of("group", self.groups)


@action("add_contact_groups")
def read(data: Mapping[str, Json]) -> Action:
    return AddContactGroups(text_of(data, "uuid"), read_refs(data, "groups"))
