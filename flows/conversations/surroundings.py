"""What a played conversation refers to: a file's own groups and fields, or the host's with a draft in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from flows.assets import Assets, StaticAssets
from flows.definition.flow import Flow
from flows.definition.inspect import Dependency, inspect
from flows.values import FieldRef, GroupRef, Json, LabelRef, Language


@dataclass(frozen=True)
class Overlay:
    """The assets `base`, with `tested` in the place of the flow of its uuid and some variables more."""

    base: Assets
    tested: Flow
    global_values: Mapping[str, str] = field(default_factory=dict)

    def flow(self, uuid: str, revision_id: str | None = None) -> Flow | None:
        return self.tested if uuid == self.tested.uuid else self.base.flow(uuid, revision_id)

    def flow_by_name(self, name: str) -> Flow | None:
        if name.lower() == self.tested.name.lower():
            return self.tested
        return self.base.flow_by_name(name)

    def group(self, ref: str) -> GroupRef | None:
        return self.base.group(ref)

    def field(self, key: str) -> FieldRef | None:
        return self.base.field(key)

    def label(self, ref: str) -> LabelRef | None:
        return self.base.label(ref)

    def language(self, ref: str) -> Language | None:
        return self.base.language(ref)

    def template(self, uuid: str) -> Mapping[str, Json] | None:
        return self.base.template(uuid)

    def interactive(self, id: str) -> Mapping[str, Json] | None:
        return self.base.interactive(id)

    def globals(self) -> Mapping[str, str]:
        return {**self.base.globals(), **self.global_values}

    def fields(self) -> tuple[FieldRef, ...]:
        return self.base.fields()


def assets_of(
    flows: Iterable[Flow], interactives: Mapping[str, Json] | None = None
) -> StaticAssets:
    """Give assets that hold the flows and all groups, labels and fields that these name."""
    flows = tuple(flows)
    needs = [item for flow in flows for item in inspect(flow).dependencies]
    return StaticAssets(
        flows=flows,
        groups=tuple(GroupRef(n.ref, "", n.name or n.ref) for n in _of(needs, "group")),
        labels=tuple(LabelRef(n.ref, n.name or n.ref) for n in _of(needs, "label")),
        contact_fields=tuple(FieldRef(n.ref, n.name or n.ref) for n in _of(needs, "field")),
        interactives=interactives or {},
        lenient=True,
    )


def _of(needs: Iterable[Dependency], kind: str) -> list[Dependency]:
    return list({need.ref: need for need in needs if need.kind == kind and need.ref}.values())
