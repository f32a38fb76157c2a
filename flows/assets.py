"""What flows refer to. The host answers from its tables, tests and the simulator from memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from flows.values import FieldRef, GroupRef, Json, LabelRef, Language

if TYPE_CHECKING:
    from flows.definition.flow import Flow


class Assets(Protocol):
    """Look-ups; each gives None for what is not there (any more). None of them may wait for IO."""

    def flow(self, uuid: str, revision_id: str | None = None) -> Flow | None:
        """Give the flow: that revision if one is named and still known, else the current one."""
        ...

    def flow_by_name(self, name: str) -> Flow | None: ...

    def group(self, ref: str) -> GroupRef | None:
        """Find a group by its uuid, its id or its name, in this order."""
        ...

    def field(self, key: str) -> FieldRef | None: ...

    def label(self, ref: str) -> LabelRef | None:
        """Find a label by its uuid or its name."""
        ...

    def language(self, ref: str) -> Language | None:
        """Find a language by its name ("Hindi") or its locale ("hi", "hi_IN")."""
        ...

    def template(self, uuid: str) -> Mapping[str, Json] | None:
        """Find a message template: {"uuid", "name", "body", "translations": {locale: body}}."""
        ...

    def interactive(self, id: str) -> Mapping[str, Json] | None:
        """Find an interactive template: {"id", "label", "content", "translations": {locale: content}}."""
        ...

    def globals(self) -> Mapping[str, str]:
        """Give the organization's variables, @globals.key."""
        ...

    def fields(self) -> tuple[FieldRef, ...]: ...


@dataclass(frozen=True)
class StaticAssets:
    """Assets held in memory.

    With `lenient`, groups, labels, fields and templates that are not listed are made up from
    their reference, as the simulator needs it.
    """

    flows: tuple[Flow, ...] = ()
    groups: tuple[GroupRef, ...] = ()
    labels: tuple[LabelRef, ...] = ()
    contact_fields: tuple[FieldRef, ...] = ()
    languages: tuple[Language, ...] = (Language("en", "English"), Language("hi", "Hindi"))
    templates: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    interactives: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    global_values: Mapping[str, str] = field(default_factory=dict)
    lenient: bool = False

    def flow(self, uuid: str, revision_id: str | None = None) -> Flow | None:
        same = [flow for flow in self.flows if flow.uuid == uuid]
        pinned = [flow for flow in same if revision_id and flow.revision_id == revision_id]
        return next(iter(pinned or same), None)

    def flow_by_name(self, name: str) -> Flow | None:
        return next((flow for flow in self.flows if flow.name.lower() == name.lower()), None)

    def group(self, ref: str) -> GroupRef | None:
        for key in ("uuid", "id", "name"):
            for group in self.groups:
                if ref and getattr(group, key).lower() == ref.lower():
                    return group
        return GroupRef(ref, ref, ref) if self.lenient and ref else None

    def field(self, key: str) -> FieldRef | None:
        found = next((item for item in self.contact_fields if item.key == key), None)
        return found or (FieldRef(key, key) if self.lenient and key else None)

    def fields(self) -> tuple[FieldRef, ...]:
        return self.contact_fields

    def label(self, ref: str) -> LabelRef | None:
        for item in self.labels:
            if item.uuid == ref or item.name.lower() == ref.lower():
                return item
        return LabelRef(ref, ref) if self.lenient and ref else None

    def language(self, ref: str) -> Language | None:
        wanted = ref.strip().lower()
        short = wanted.replace("-", "_").split("_")[0]
        for item in self.languages:
            if wanted in (item.name.lower(), item.locale.lower()) or short == item.locale.lower():
                return item
        return None

    def template(self, uuid: str) -> Mapping[str, Json] | None:
        return self.templates.get(uuid)

    def interactive(self, id: str) -> Mapping[str, Json] | None:
        return self.interactives.get(id)

    def globals(self) -> Mapping[str, str]:
        return self.global_values
