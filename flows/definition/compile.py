"""Read a definition (spec 13.x and 14.x, as Glific's and RapidPro's editors write it)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.actions import ACTIONS, read_unsupported
from flows.actions.base import Action, dicts_of, list_of, text_of, whole_of
from flows.definition.flow import Exit, Flow, Localization, Node
from flows.definition.problems import Problem
from flows.definition.read_router import RouterFault, read_router
from flows.definition.rules import action_faults, router_faults, type_faults
from flows.errors import FlowInvalid
from flows.limits import DEFAULT_EXPIRE_AFTER_MINUTES, MAX_ACTIONS, MAX_EXITS, MAX_NODES
from flows.migrations import TooDeep, modernize
from flows.values import Json


def compile_flow(
    definition: Mapping[str, Json], revision_id: str | None = None, *, strict: bool = False
) -> Flow:
    """Give the frozen flow of a definition, or of the first flow in an export file.

    Shapes are detected, `spec_version` is not trusted (catalogue 1). Raises FlowInvalid when the
    definition cannot be run at all; what merely works badly is in `Flow.problems`. With `strict` the
    definition must be of the newest version, and what it forbids (flows/definition/rules.py) cannot be
    run either.
    """
    data = _unpacked(definition) if strict else _modern(_unpacked(definition))
    reader = _Reader(strict, text_of(data, "type") or "messaging")
    nodes = tuple(node for raw in list_of(data, "nodes") if (node := reader.node(raw)))
    uuid = text_of(data, "uuid")
    if not uuid:
        reader.fault("flow:invalid", "The flow has no uuid")
    by_uuid = {node.uuid: node for node in nodes}
    if len(by_uuid) != len(nodes):
        reader.fault("flow:invalid", "Two nodes of the flow have the same uuid")
    for node in nodes:
        reader.check_exits(node, by_uuid)
    if reader.faults:
        raise FlowInvalid(tuple(reader.faults))
    start = _start(data, nodes)
    if start and start != nodes[0].uuid:
        reader.warn("flow:start", "The topmost node is not the first one of the definition")
    expire = whole_of(data, "expire_after_minutes")
    return Flow(
        uuid=uuid,
        name=text_of(data, "name"),
        nodes=nodes,
        start_uuid=start,
        language=text_of(data, "language") or "base",
        type=text_of(data, "type") or "messaging",
        revision_id=revision_id,
        expire_after_minutes=expire if expire and expire > 0 else DEFAULT_EXPIRE_AFTER_MINUTES,
        localization=_localization(data.get("localization")),
        problems=tuple(reader.problems),
        node_by_uuid=by_uuid,
    )


def _modern(data: Mapping[str, Json]) -> Mapping[str, Json]:
    """Give the definition in the newest shapes. Raises FlowInvalid for what is too large to read."""
    if len(list_of(data, "nodes")) > MAX_NODES:
        text = f"The flow has more than {MAX_NODES} nodes"
        raise FlowInvalid((Problem("Critical", "flow:invalid", text),))
    try:
        return modernize(data)
    except TooDeep as fault:
        raise FlowInvalid((Problem("Critical", "flow:invalid", str(fault)),)) from fault


def _unpacked(definition: Mapping[str, Json]) -> Mapping[str, Json]:
    """Give the definition itself: an export file holds it under flows[0].definition."""
    flows = definition.get("flows")
    if isinstance(flows, list) and flows and isinstance(flows[0], dict):
        inner = flows[0].get("definition", flows[0])
        return inner if isinstance(inner, dict) else {}
    inner = definition.get("definition")
    return inner if isinstance(inner, dict) and "nodes" in inner else definition


class _Reader:
    def __init__(self, strict: bool, flow_type: str) -> None:
        self.flow_type = flow_type
        self.strict = strict
        self.faults: list[Problem] = []
        self.problems: list[Problem] = []

    def fault(self, code: str, message: str, node_uuid: str | None = None) -> None:
        self.faults.append(Problem("Critical", code, message, node_uuid))

    def warn(self, code: str, message: str, node_uuid: str | None = None) -> None:
        self.problems.append(Problem("Warning", code, message, node_uuid))

    def node(self, raw: Any) -> Node | None:
        if not isinstance(raw, dict) or not text_of(raw, "uuid"):
            self.fault("node:invalid", "A node has no uuid")
            return None
        uuid = text_of(raw, "uuid")
        actions, exits = dicts_of(raw, "actions"), dicts_of(raw, "exits")
        if len(actions) > MAX_ACTIONS or len(exits) > MAX_EXITS:
            self.fault("node:invalid", f"Node {uuid[-4:]} has too many actions or exits", uuid)
            return None
        if self.strict:
            self.check_rules(raw, uuid)
        router = None
        if isinstance(raw.get("router"), dict):
            try:
                router = read_router(raw["router"], [text_of(exit, "uuid") for exit in exits])
            except RouterFault as fault:
                self.fault("router:invalid", f"Node {uuid[-4:]}: {fault}", uuid)
        return Node(
            uuid=uuid,
            actions=tuple(self.action(item, uuid) for item in actions),
            router=router,
            exits=tuple(
                Exit(text_of(item, "uuid"), text_of(item, "destination_uuid") or None)
                for item in exits
            ),
        )

    def check_rules(self, raw: Mapping[str, Json], uuid: str) -> None:
        for fault in type_faults(self.flow_type, raw):
            self.fault("action:invalid", f"Node {uuid[-4:]}: {fault}", uuid)
        for item in dicts_of(raw, "actions"):
            for fault in action_faults(item):
                self.fault("action:invalid", f"{text_of(item, 'type')}: {fault}", uuid)
        if isinstance(raw.get("router"), dict):
            for fault in router_faults(raw["router"]):
                self.fault("router:invalid", f"Node {uuid[-4:]}: {fault}", uuid)

    def action(self, raw: Mapping[str, Json], node_uuid: str) -> Action:
        kind = text_of(raw, "type")
        if kind not in ACTIONS:
            self.warn(
                "action:unsupported",
                f"The action {kind} is not done here: its node goes by Failure",
                node_uuid,
            )
            return read_unsupported(raw)
        return ACTIONS[kind](raw)

    def check_exits(self, node: Node, by_uuid: Mapping[str, Node]) -> None:
        for exit in node.exits:
            if exit.destination_uuid and exit.destination_uuid not in by_uuid:
                text = f"Node {node.uuid[-4:]} leads to a node that does not exist"
                self.fault("exit:missing", text, node.uuid)


def _start(data: Mapping[str, Json], nodes: tuple[Node, ...]) -> str | None:
    """Give the topmost, then leftmost node that the editor shows, else the first (catalogue 1)."""
    if not nodes:
        return None
    ui = data.get("_ui")
    shown = ui.get("nodes") if isinstance(ui, dict) else None
    places: list[tuple[float, float, str]] = []
    for node in nodes:
        item = shown.get(node.uuid) if isinstance(shown, dict) else None
        position = item.get("position") if isinstance(item, dict) else None
        if not isinstance(position, dict):
            return nodes[0].uuid
        top, left = position.get("top"), position.get("left")
        if not isinstance(top, (int, float)) or not isinstance(left, (int, float)):
            return nodes[0].uuid
        places.append((top, left, node.uuid))
    return min(places)[2]


def _localization(raw: Any) -> Localization:
    if not isinstance(raw, dict):
        return {}
    return {
        str(language): {
            str(uuid): {str(name): tuple(_texts(values)) for name, values in properties.items()}
            for uuid, properties in items.items()
            if isinstance(properties, dict)
        }
        for language, items in raw.items()
        if isinstance(items, dict)
    }


def _texts(values: Any) -> list[str]:
    values = values if isinstance(values, list) else [values]
    texts = (item.get("text", "") if isinstance(item, dict) else item for item in values)
    return ["" if text is None else str(text) for text in texts]
