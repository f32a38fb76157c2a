"""Groups and labels that an action names: by uuid, or by a template for the name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from flows.actions.base import Ref, list_of
from flows.expressions.template import Template, compile_template
from flows.step import Step
from flows.values import GroupRef, Json, LabelRef

T = TypeVar("T")


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
    """Give the groups that exist; each missing one is told."""
    return list(_find(step, "group", items, step.scene.assets.group))


def static_groups(step: Step, groups: Sequence[GroupRef], verb: str) -> list[GroupRef]:
    """Give the groups without a query; of the others it is told that nobody can be `verb` them."""
    for group in groups:
        if group.query:
            step.error("", f"contacts cannot be {verb} the smart group '{group.name}'")
    return [group for group in groups if not group.query]


def find_labels(step: Step, items: Sequence[NamedRef]) -> tuple[LabelRef, ...]:
    """Give the labels that exist; each missing one is told."""
    return tuple(_find(step, "label", items, step.scene.assets.label))


def _find(
    step: Step, kind: str, items: Sequence[NamedRef], find: Callable[[str], T | None]
) -> Iterator[T]:
    for item in items:
        found = None
        if item.name_match is not None:
            name = step.exact(item.name_match)
            found = find(name) if name else None
            if found is None and name is not None:
                step.error(
                    f"{kind}:missing", f"there is no {kind} with the name '{name}'", name=name
                )
        else:
            found = (find(item.uuid) if item.uuid else None) or _by_name(step, item.name, find)
            if found is None:
                step.missing(kind, item.uuid, item.name)
        if found is not None:
            yield found


def _by_name(step: Step, name: str, find: Callable[[str], T | None]) -> T | None:
    # Glific's flows move between organizations, where names stay and uuids do not
    return find(name) if name and not step.is_goflow else None
