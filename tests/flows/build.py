"""Build small flows for tests: `flow(node("a", ...), node("b", ...))`."""

from __future__ import annotations

from typing import Any

from flows import Flow, compile_flow
from flows.values import Json


def node(
    name: str,
    *actions: dict[str, Json],
    to: str | None = None,
    router: dict[str, Json] | None = None,
    ways: dict[str, str | None] | None = None,
) -> dict[str, Json]:
    """A node called `name`: without a router it leads to `to`, with one `ways` maps categories."""
    ways = ways or {}
    if router is None:
        exits = [{"uuid": f"{name}-exit", "destination_uuid": to}]
        return {"uuid": name, "actions": _numbered(name, actions), "exits": exits}
    categories = [
        {"uuid": f"{name}-{way}", "name": way, "exit_uuid": f"{name}-{way}-exit"} for way in ways
    ]
    exits = [{"uuid": f"{name}-{w}-exit", "destination_uuid": d} for w, d in ways.items()]
    known = {
        "categories": categories,
        "default_category_uuid": f"{name}-{list(ways)[-1]}",
        **_named(name, router),
    }
    return {
        "uuid": name,
        "actions": _numbered(name, actions),
        "router": known,
        "exits": exits,
    }


def _numbered(name: str, actions: Any) -> list[dict[str, Json]]:
    return [{"uuid": f"{name}-{at}", **action} for at, action in enumerate(actions)]


def _named(name: str, router: dict[str, Json]) -> dict[str, Json]:
    cases = [
        {
            "uuid": f"{name}-case{at}",
            "type": kind,
            "arguments": arguments,
            "category_uuid": f"{name}-{way}",
        }
        for at, (kind, arguments, way) in enumerate(router.get("cases", []))
    ]
    return {"type": "switch", "operand": "@input.text", **router, "cases": cases}


def asks(
    *cases: tuple[str, list[str], str], result: str = "", timeout: tuple[int, str] | None = None
) -> dict[str, Json]:
    """A router that waits for a message."""
    wait: dict[str, Json] = {"type": "msg"}
    if timeout:
        wait["timeout"] = {"seconds": timeout[0], "category_uuid": timeout[1]}
    return {"wait": wait, "cases": list(cases), "result_name": result}


def says(text: str, **more: Json) -> dict[str, Json]:
    return {"type": "send_msg", "text": text, **more}


def definition(*nodes: dict[str, Json], uuid: str = "flow", **more: Json) -> dict[str, Json]:
    return {"uuid": uuid, "name": uuid.title(), "nodes": list(nodes), **more}


def flow(*nodes: dict[str, Json], uuid: str = "flow", **more: Json) -> Flow:
    return compile_flow(definition(*nodes, uuid=uuid, **more), revision_id="1")
