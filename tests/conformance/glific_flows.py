"""Walks flows that Glific's editor has drawn through their categories, as people would.

`python -m tests.conformance.glific DIR`, where DIR has definitions or exports, each a file of its own.
A flow passes when it loads, has no problem that would keep it from being published but for things that
are not beside it, and every conversation with it goes without an error: some with what people write,
and one for each category of each router, which begins at that node and takes that way.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from flows import Assets, Flow, FlowError, compile_flow, validate
from flows.events import ErrorEvent, FailureEvent
from flows.migrations import upgrade
from flows.simulator import Conversation
from tests.conformance.report import Report, guarded, read
from tests.flows.shared import assets

#: What people write; each conversation goes through them in another order.
WORDS = ("1", "2", "3", "4", "5", "y", "n", "yes", "no", "help", "hindi", "optin", "xyz")
MAX_TURNS = 25
#: Problems of what the flow names and another file would bring.
MISSING = ("flow:missing", "interactive:missing", "template:missing")
#: Codes of what comes of that at run time, and of a contact who gives wrong answers for too long.
FORGIVEN = ("dependency:missing", "loop")
NOT_TAKEN = "it is not taken"
#: What enters or starts another flow.
CALLS = ("enter_flow", "start_session")


def walk_all(directory: Path) -> Report:
    """Report on every definition of the directory; they may enter each other, by uuid or by name."""
    report = Report("glific")
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(directory.glob("*.json")):
        try:
            for name, definition in _definitions(file):
                compile_flow(definition)
                found[name] = definition
        except (FlowError, ValueError, TypeError, AttributeError, LookupError) as fault:
            report.note(file.stem, f"does not load: {fault}")
    _call_by_name(found.values())
    built = {name: compile_flow(definition) for name, definition in found.items()}
    known = assets(*built.values(), *_stand_ins(found.values()), lenient=True)
    for name, flow in built.items():
        report.note(name, guarded(difference, flow, found[name], known))
    return report


def difference(flow: Flow, definition: Mapping[str, Any], known: Assets) -> str | None:
    """What is wrong with `flow`, or None."""
    for problem in validate(flow, known):
        if problem.severity == "Critical" and problem.code not in MISSING:
            return f"{problem.code}: {problem.message}"
    for seed in range(len(WORDS)):
        if trouble := _walk(flow, known, seed):
            return f"conversation {seed}: {trouble}"
    for node, category, ways in _ways(definition):
        status = 500 if category["name"] == "Failure" else 200
        for forced in ways:
            own = replace(known, flows=(forced, *known.flows))
            trouble = _walk(forced, own, 0, through=category["exit_uuid"], status=status)
            if trouble != NOT_TAKEN:
                break
        if trouble:
            return f"category {category['name']} of node {node}: {trouble}"
    return None


def _walk(
    flow: Flow, known: Assets, seed: int, *, through: str = "", status: int = 200
) -> str | None:
    """The first error of a conversation, or that it did not take the exit `through`."""
    conversation = Conversation(flow, known, seed=seed, webhook=lambda e: (status, {"status": 1}))
    conversation.start(keyword=flow.name)
    for turn in range(MAX_TURNS):
        wait = None if conversation.is_over else conversation.last.wait
        if wait is None:
            break
        if wait.kind == "msg":
            conversation.say(WORDS[(seed + turn * (seed + 1)) % len(WORDS)])
        else:
            conversation.wait_out()
    for event in conversation.events:
        # a server that fails is told as an error, and the flow goes on
        wrong = ErrorEvent | FailureEvent if status == 200 else FailureEvent
        if isinstance(event, wrong) and event.code not in FORGIVEN:
            return f"{event.type}: {event}"
    exits = [getattr(event, "exit_uuid", "") for event in conversation.events]
    return None if not through or through in exits else NOT_TAKEN


def _ways(definition: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], list[Flow]]]:
    """Node, category and flows that begin at the node and leave it by the category.

    Where an action's outcome decides, as that of a ticket, the second one is without the actions.
    """
    for at, node in enumerate(definition["nodes"]):
        for category in (node.get("router") or {}).get("categories", ()):
            # as if the flow that it enters had come back
            actions = [item for item in node["actions"] if item["type"] not in CALLS]
            ways = [_from(definition, at, category, some) for some in (actions, [])]
            yield node["uuid"], category, ways


def _from(
    definition: Mapping[str, Any], at: int, category: Mapping[str, Any], actions: Any
) -> Flow:
    """The flow from its node number `at` on, whose router knows one category alone."""
    forced = copy.deepcopy({**definition, "_ui": {}})
    own = forced["nodes"].pop(at)
    forced["nodes"].insert(0, own)
    own["actions"] = actions
    default = {"cases": [], "default_category_uuid": category["uuid"]}
    own["router"] = {"operand": "@input", **own["router"], "type": "switch", **default}
    return compile_flow(forced)


def _definitions(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and newest form of every flow of a file: a definition, or an export of one or more."""
    data = read(file)
    if not isinstance(data, dict):
        raise ValueError(f"{file.name} is no flow: it holds no JSON object")
    exported = data.get("flows")
    if exported is None:
        yield file.stem, upgrade(data)
        return
    if not exported:
        raise ValueError(f"{file.name} is an export without a flow")
    for number, item in enumerate(exported, 1):
        name = file.stem if len(exported) == 1 else f"{file.stem} {number}"
        yield name, upgrade(item.get("definition") or item)


def _calls(definitions: Collection[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every action that names another flow."""
    for node in (node for item in definitions for node in item["nodes"]):
        yield from (action for action in node["actions"] if action["type"] in CALLS)


def _stand_ins(definitions: Collection[dict[str, Any]]) -> Iterator[Flow]:
    """An empty flow for each that is called and is not beside its caller."""
    own = {item["uuid"] for item in definitions}
    for action in _calls(definitions):
        if action["flow"]["uuid"] not in own:
            yield compile_flow({**action["flow"], "nodes": []})


def _call_by_name(definitions: Collection[dict[str, Any]]) -> None:
    """Let flows call each other by name, as an import does: shipped files have placeholders."""
    named = {str(item.get("name", "")).lower(): item["uuid"] for item in definitions}
    for action in _calls(definitions):
        if action["flow"]["uuid"] not in named.values():
            wanted = str(action["flow"].get("name", "")).lower()
            action["flow"]["uuid"] = named.get(wanted, action["flow"]["uuid"])
