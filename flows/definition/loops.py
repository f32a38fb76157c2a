"""Circles in a flow that nobody is asked in: they would run until a limit ends the session."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from flows.actions.enter_flow import EnterFlow
from flows.actions.wait_for_result import WaitForResult
from flows.actions.wait_for_time import WaitForTime
from flows.assets import Assets
from flows.definition.flow import Flow, Node
from flows.definition.problems import Problem

#: Flows that are looked into for one flow; each may call others.
_MAX_FLOWS = 50
#: Nodes of one circle that are named.
_MAX_NAMED = 10


def check_loops(flow: Flow, assets: Assets) -> Iterator[Problem]:
    """Give a problem for every circle of nodes, and of flows that call one another, without a person.

    Critical when there is no way out at all, and a warning when an answer of a webhook, chance or a
    condition may end it. Time that passes in between makes it one step less bad.
    """
    alone = {node.uuid: node for node in flow.nodes if not _asks(node, assets)}
    for circle in _circles(alone):
        inside = {node.uuid for node in circle}
        leads_out = any(exit.destination_uuid not in inside for n in circle for exit in n.exits)
        pauses = any(isinstance(action, WaitForTime) for node in circle for action in node.actions)
        if leads_out and pauses:
            continue
        members = [node.uuid for node in flow.nodes if node.uuid in inside]
        names = ", ".join(uuid[-4:] for uuid in members[:_MAX_NAMED])
        names += " and others" if len(members) > _MAX_NAMED else ""
        if leads_out or pauses:
            text = f"Nodes {names} form a loop in which nobody is asked anything"
            yield Problem("Warning", "loop:unattended", text, members[0])
        else:
            text = f"Nodes {names} form an endless loop: nobody is asked anything in it"
            yield Problem("Critical", "loop:endless", text, members[0])
    yield from _calls(flow, assets)


def _calls(flow: Flow, assets: Assets) -> Iterator[Problem]:
    """Flows that call one another in a circle, none of which asks anybody."""
    for node in flow.nodes:
        for called in _called(node, assets):
            path = _path_back(called, flow.uuid, assets)
            if path is None or any(_waits(one) for one in (flow, *path)):
                continue
            names = ", ".join(dict.fromkeys([flow.name, *(one.name for one in path)]))
            text = f"The flows {names} call one another without asking anybody anything"
            yield Problem("Critical", "loop:flows", text, node.uuid)


def _path_back(start: Flow, uuid: str, assets: Assets) -> tuple[Flow, ...] | None:
    """Give the flows by which `start` comes to the flow `uuid`, or None when it does not."""
    ahead: list[tuple[Flow, ...]] = [(start,)]
    seen = {start.uuid}
    while ahead and len(seen) < _MAX_FLOWS:
        path = ahead.pop(0)
        if path[-1].uuid == uuid:
            return path[:-1]
        for node in path[-1].nodes:
            for called in _called(node, assets):
                if called.uuid == uuid:
                    return path
                if called.uuid not in seen:
                    seen.add(called.uuid)
                    ahead.append((*path, called))
    return None


def _waits(flow: Flow) -> bool:
    return any(_pauses(node) for node in flow.nodes)


def _pauses(node: Node) -> bool:
    """Whether a person, or an outside system in his place, must answer at the node."""
    if node.router is not None and node.router.wait is not None:
        return True
    return any(isinstance(action, WaitForResult) for action in node.actions)


def _asks(node: Node, assets: Assets) -> bool:
    """Whether the node pauses, or enters a flow in which somebody may be asked."""
    if _pauses(node):
        return True
    entering = [action for action in node.actions if isinstance(action, EnterFlow)]
    if any(action.expression.source for action in entering):
        return True
    seen: dict[str, Flow] = {}
    ahead = list(_called(node, assets))
    while ahead and len(seen) < _MAX_FLOWS:
        flow = ahead.pop()
        if flow.uuid in seen:
            continue
        seen[flow.uuid] = flow
        if _waits(flow):
            return True
        ahead += [called for inner in flow.nodes for called in _called(inner, assets)]
    return False


def _called(node: Node, assets: Assets) -> Iterator[Flow]:
    for action in node.actions:
        if isinstance(action, EnterFlow) and not action.expression.source:
            found = assets.flow(action.flow_uuid) or assets.flow_by_name(action.flow_name)
            if found is not None:
                yield found


def _circles(nodes: dict[str, Node]) -> Iterator[Sequence[Node]]:
    """Give the sets of nodes that reach one another: Tarjan's strongly connected components.

    Without recursion, since a flow may be a chain of thousands of nodes.
    """
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    for root in nodes:
        if root in order:
            continue
        work = [(root, iter(_ahead(nodes, root)))]
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        while work:
            uuid, following = work[-1]
            step = next(following, None)
            if step is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[uuid])
                if low[uuid] == order[uuid]:
                    members = _popped(stack, on_stack, uuid)
                    if len(members) > 1 or uuid in _ahead(nodes, uuid):
                        yield [nodes[member] for member in members]
            elif step not in order:
                order[step] = low[step] = len(order)
                stack.append(step)
                on_stack.add(step)
                work.append((step, iter(_ahead(nodes, step))))
            elif step in on_stack:
                low[uuid] = min(low[uuid], order[step])


def _popped(stack: list[str], on_stack: set[str], until: str) -> list[str]:
    members = []
    while True:
        member = stack.pop()
        on_stack.discard(member)
        members.append(member)
        if member == until:
            return members


def _ahead(nodes: dict[str, Node], uuid: str) -> Iterable[str]:
    return [
        exit.destination_uuid
        for exit in nodes[uuid].exits
        if exit.destination_uuid is not None and exit.destination_uuid in nodes
    ]
