"""What a stored definition names outside of itself, and how one name is put in another's place.

Works on the definition as it is stored, since a file may hold a flow that cannot be run here yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["flow", "group", "label", "field", "template", "interactive"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reference:
    """One mention. `point_to` writes another id where this one stands."""

    kind: Kind
    ref: str
    name: str
    holder: Json
    point_to: Callable[[Any], None]


def references(definition: Json) -> Iterator[Reference]:
    """Every mention in the definition's nodes, in order."""
    for node in _dicts(definition.get("nodes")):
        for action in _dicts(node.get("actions")):
            yield from _of_action(action)
        router = node.get("router")
        for case in _dicts(router.get("cases")) if isinstance(router, dict) else ():
            arguments = case.get("arguments")
            if case.get("type") == "has_group" and isinstance(arguments, list) and arguments:
                name = str(arguments[1]) if len(arguments) > 1 else ""
                put = _item_writer(arguments)
                yield Reference("group", str(arguments[0]), name, case, put)


#: Member of an action that lists what it names -> the kind of it.
_LISTS: tuple[tuple[str, Kind], ...] = (("groups", "group"), ("labels", "label"))


def _of_action(action: Json) -> Iterator[Reference]:
    for member, kind in _LISTS:
        for item in _dicts(action.get(member)):
            if "name_match" not in item:
                yield _reference(kind, item)
    flow = action.get("flow")
    if isinstance(flow, dict) and flow.get("name") != "Expression":
        yield _reference("flow", flow)
    field = action.get("field")
    if isinstance(field, dict) and field.get("key"):
        yield _reference("field", field, "key")
    templating = action.get("templating")
    holder = templating if isinstance(templating, dict) else action
    template = holder.get("template")
    if isinstance(template, dict) and template.get("uuid"):
        yield _reference("template", template)
    if action.get("type") == "send_interactive_msg" and not action.get("expression"):
        name = str(action.get("name") or "")
        put = _writer(action, "id")
        yield Reference("interactive", str(action.get("id") or ""), name, action, put)


def _reference(kind: Kind, item: Json, key: str = "uuid") -> Reference:
    name = str(item.get("name") or item.get("label") or "")
    return Reference(kind, str(item.get(key) or ""), name, item, _writer(item, key))


def _writer(holder: Json, key: str) -> Callable[[Any], None]:
    def put(value: Any) -> None:
        holder[key] = value

    return put


def _item_writer(items: list[Any]) -> Callable[[Any], None]:
    def put(value: Any) -> None:
        items[0] = str(value)

    return put


def _dicts(value: object) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
