"""Groups and labels that an action names: by uuid, or by a template for the name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flows.actions.base import Ref, list_of
from flows.expressions.template import Template, compile_template
from flows.step import Step
from flows.values import GroupRef, Json, LabelRef


@dataclass(frozen=True, slots=True)
class NamedRef:
    """A reference as the editor writes it. With `name_match` the name is found at run time."""

    uuid: str
    name: str
    name_match: Template | None = None


def read_refs(data: Mapping[str, Json], key: str) -> tuple[NamedRef, ...]:
    """Read references; uuids may be numbers (Glific)."""
    found = []
    for item in list_of(data, key):
        if not isinstance(item, dict):
            found.append(NamedRef(str(item), ""))
            continue
        match = item.get("name_match")
        uuid = item.get("uuid")
        found.append(
            NamedRef(
                uuid="" if uuid is None else str(uuid),
                name=str(item.get("name") or ""),
                name_match=compile_template(str(match)) if match else None,
            )
        )
    return tuple(found)


def refs_of(kind: str, items: Iterable[NamedRef]) -> tuple[Ref, ...]:
    """Give the references that are known before the flow runs."""
    return tuple(Ref(kind, item.uuid, item.name) for item in items if item.name_match is None)


def find_groups(step: Step, items: Sequence[NamedRef]) -> list[GroupRef]:
    """Give the groups that exist; each missing one is told as group:missing."""
    find = step.scene.assets.group
    found: list[GroupRef] = []
    for item in items:
        name = step.text(item.name_match)[0] if item.name_match else item.name
        group = (find(item.uuid) if item.uuid else None) or (find(name) if name else None)
        if group is None:
            step.error("group:missing", f"missing group '{name or item.uuid}'")
        else:
            found.append(group)
    return found


def find_labels(step: Step, items: Sequence[NamedRef]) -> tuple[LabelRef, ...]:
    """Give the labels that exist; each missing one is told as label:missing."""
    find = step.scene.assets.label
    found: list[LabelRef] = []
    for item in items:
        name = step.text(item.name_match)[0] if item.name_match else item.name
        label = (find(item.uuid) if item.uuid else None) or (find(name) if name else None)
        if label is None:
            step.error("label:missing", f"missing label '{name or item.uuid}'")
        else:
            found.append(label)
    return tuple(found)
