"""What is different between two definitions of a flow, in words that an author reads.

Works on definitions as they are stored: a draft that cannot be run can still be compared. Where a
node stands on the canvas is not content and makes no difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from flows.actions.base import dicts_of, text_of
from flows.values import Json

Kind = Literal["added", "removed", "changed"]
#: Characters of a value that are shown; a flow may hold long texts.
_SHOWN = 2_000
#: Characters of a node's title.
_TITLE = 60
#: Properties of the flow itself that an author sets.
_PROPERTIES = ("name", "language", "type", "expire_after_minutes")


@dataclass(frozen=True, slots=True)
class Change:
    """One value. `before` is None for what is new, `after` for what is gone.

    `what` names it as the editor does: "text", "text in hi", "quick_replies", "exit of Yes".
    """

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class NodeChange:
    """A node that came, went or is not the same. `title` is what it says or does."""

    node_uuid: str
    kind: Kind
    title: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """`properties` are of the flow, `nodes` in the order of the newer definition, gone ones last."""

    properties: tuple[Change, ...]
    nodes: tuple[NodeChange, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both say the same."""
        return not self.properties and not self.nodes

    @property
    def lines(self) -> tuple[str, ...]:
        """The whole of it as lines of text."""
        return tuple(_lines(self))


def compare(old: Mapping[str, Json], new: Mapping[str, Json]) -> Difference:
    """Give what changed from `old` to `new`."""
    before, after = _contents(old), _contents(new)
    titles = {uuid: _title(node) for side in (old, new) for uuid, node in _nodes(side).items()}
    nodes = []
    for uuid in [*after, *(uuid for uuid in before if uuid not in after)]:
        kind: Kind = "changed"
        if uuid not in before:
            kind = "added"
        elif uuid not in after:
            kind = "removed"
        changes = tuple(_changes(before.get(uuid, {}), after.get(uuid, {}), titles))
        if changes or kind != "changed":
            nodes.append(NodeChange(uuid, kind, titles[uuid], changes))
    was, now = ({key: _shown(side.get(key)) for key in _PROPERTIES} for side in (old, new))
    return Difference(tuple(_changes(was, now, {})), tuple(nodes))


# -- a node as a flat list of values

_Values = dict[str, str]
_LEADS = "exit"


def _nodes(definition: Mapping[str, Json]) -> dict[str, Mapping[str, Json]]:
    return {text_of(node, "uuid"): node for node in dicts_of(definition, "nodes")}


def _contents(definition: Mapping[str, Json]) -> dict[str, _Values]:
    localization = definition.get("localization")
    translations = localization if isinstance(localization, dict) else {}
    return {uuid: dict(_values(node, translations)) for uuid, node in _nodes(definition).items()}


def _values(
    node: Mapping[str, Json], translations: Mapping[str, Json]
) -> Iterator[tuple[str, str]]:
    for place, action in enumerate(dicts_of(node, "actions"), 1):
        kind = text_of(action, "type")
        name = kind if place == 1 else f"{kind} ({place})"
        yield name, "is there"
        yield from _plain(name, action, ("uuid", "type"))
        yield from _translated(name, text_of(action, "uuid"), translations)
    router = node.get("router")
    names: dict[str, str] = {}
    if isinstance(router, dict):
        yield from _plain("router", router, ("cases", "categories", "default_category_uuid"))
        categories = {text_of(c, "uuid"): c for c in dicts_of(router, "categories")}
        for uuid, category in categories.items():
            label = text_of(category, "name")
            names[text_of(category, "exit_uuid")] = label
            yield f"category {label}", "is there"
            yield from _translated(f"category {label}", uuid, translations)
        for case in dicts_of(router, "cases"):
            way = text_of(categories.get(text_of(case, "category_uuid"), {}), "name")
            text = f"{text_of(case, 'type')} {_shown(case.get('arguments')) or ''}".strip()
            yield f"case {text_of(case, 'uuid')[-4:]} to {way}", text
            yield from _translated(f"case to {way}", text_of(case, "uuid"), translations)
    for exit in dicts_of(node, "exits"):
        label = names.get(text_of(exit, "uuid"), "")
        yield f"{_LEADS} of {label}" if label else _LEADS, text_of(exit, "destination_uuid")


def _plain(name: str, data: Mapping[str, Json], but: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for key, value in data.items():
        if key not in but and value not in (None, "", [], {}):
            yield f"{name}: {key}", _shown(value) or ""


def _translated(
    name: str, uuid: str, translations: Mapping[str, Json]
) -> Iterator[tuple[str, str]]:
    for language, items in translations.items():
        found = items.get(uuid) if isinstance(items, dict) else None
        for key, value in found.items() if isinstance(found, dict) else ():
            yield f"{name}: {key} in {language}", _shown(value) or ""


def _changes(
    before: Mapping[str, str | None], after: Mapping[str, str | None], titles: Mapping[str, str]
) -> Iterator[Change]:
    for what in dict.fromkeys([*before, *after]):
        old, new = before.get(what), after.get(what)
        if old == new:
            continue
        if what.startswith(_LEADS):
            old, new = _led(old, titles), _led(new, titles)
        yield Change(what, old, new)


def _led(uuid: str | None, titles: Mapping[str, str]) -> str | None:
    if uuid is None:
        return None
    return titles.get(uuid, "a node that is not there") if uuid else "the end"


def _shown(value: Json) -> str | None:
    if value is None:
        return None
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        value = value[0]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:_SHOWN]


def _title(node: Mapping[str, Json]) -> str:
    actions = dicts_of(node, "actions")
    for action in actions:
        text = " ".join(text_of(action, "text").split())
        if text and text_of(action, "type") == "send_msg":
            return text if len(text) <= _TITLE else f"{text[: _TITLE - 1]}…"
    if actions:
        return text_of(actions[0], "type")
    router = node.get("router")
    if not isinstance(router, dict):
        return "an empty node"
    result = text_of(router, "result_name")
    word = "wait for a response" if router.get("wait") else "split"
    return f"{word}: {result}" if result else word


# -- as text


def _lines(difference: Difference) -> Iterator[str]:
    for change in difference.properties:
        yield _line("flow", change)
    for node in difference.nodes:
        yield f"{node.kind} node {node.node_uuid[-4:]}: {node.title}"
        if node.kind == "changed":
            for change in node.changes:
                yield f"  {_line('', change)}"


def _line(scope: str, change: Change) -> str:
    what = f"{scope} {change.what}".strip()
    if change.before is None:
        return f"+ {what}: {change.after}"
    if change.after is None:
        return f"- {what}: {change.before}"
    return f"~ {what}: {change.before} -> {change.after}"
