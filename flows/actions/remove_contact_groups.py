"""remove_contact_groups: the contact leaves groups, or all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from flows.actions.base import Action, Outcome, Ref, action, text_of
from flows.actions.references import NamedRef, find_groups, read_refs, refs_of, static_groups
from flows.events.contact import ContactGroupsChanged
from flows.step import Step
from flows.values import Json


@dataclass(frozen=True)
class RemoveContactGroups(Action):
    type: ClassVar[str] = "remove_contact_groups"

    groups: tuple[NamedRef, ...]
    all_groups: bool

    def run(self, step: Step) -> Outcome:
        held = step.contact.groups
        if self.all_groups:
            wanted = [group for group in held if not group.query]
        else:
            wanted = static_groups(step, find_groups(step, self.groups), "removed from")
        uuids = {group.uuid for group in wanted}
        removed = tuple(group for group in held if group.uuid in uuids)
        if removed:
            contact = replace(step.contact, groups=tuple(g for g in held if g.uuid not in uuids))
            step.change_contact(contact, ContactGroupsChanged, removed=removed)
        return None

    def refs(self) -> tuple[Ref, ...]:
        return () if self.all_groups else refs_of("group", self.groups)


@action("remove_contact_groups")
def read(data: Mapping[str, Json]) -> Action:
    return RemoveContactGroups(
        text_of(data, "uuid"), read_refs(data, "groups"), data.get("all_groups") is True
    )
