"""Walks flows that Glific's editor has drawn through their categories, as people would.

`python -m tests.conformance.glific DIR`, where DIR has definitions, each a file of its own. A flow
passes when it loads, has no problem that would keep it from being published but for things that are
not beside it, and every conversation with it goes without an error.
"""

from __future__ import annotations

import json
from pathlib import Path

from flows import Assets, Flow, FlowError, compile_flow, validate
from flows.simulator import Conversation
from tests.conformance.report import Report
from tests.flows.shared import assets

#: What people write; each conversation goes through them in another order.
WORDS = ("1", "2", "3", "4", "5", "y", "n", "yes", "no", "help", "hindi", "optin", "xyz")
MAX_TURNS = 25
#: Problems of what the flow names and another file would bring.
MISSING = ("flow:missing", "interactive:missing", "template:missing")


def difference(flow: Flow, known: Assets) -> str | None:
    """What is wrong with `flow`, or None."""
    for problem in validate(flow, known):
        if problem.severity == "Critical" and problem.code not in MISSING:
            return f"{problem.code}: {problem.text}"
    for seed in range(len(WORDS)):
        if trouble := _walk(flow, known, seed):
            return trouble
    return None


def _walk(flow: Flow, known: Assets, seed: int) -> str | None:
    conversation = Conversation(flow, known, seed=seed, webhook=lambda e: (200, {"status": 1}))
    conversation.start(keyword=flow.name)
    for turn in range(MAX_TURNS):
        wait = None if conversation.is_over else conversation.last.wait
        if wait is None:
            break
        if wait.kind == "msg":
            conversation.say(WORDS[(seed + turn * (seed + 1)) % len(WORDS)])
        else:
            conversation.wait_out()
    troubles = [event for event in conversation.events if event.type in ("error", "failure")]
    return f"{troubles[0].type} in conversation {seed}: {troubles[0]}" if troubles else None


def walk_all(directory: Path) -> Report:
    """The report on every definition of `directory`; they may enter each other."""
    report = Report("glific")
    built: dict[str, Flow] = {}
    for file in sorted(directory.glob("*.json")):
        try:
            built[file.stem] = compile_flow(json.loads(file.read_text()))
        except (FlowError, ValueError) as error:
            report.note(file.stem, f"does not load: {error}")
    known = assets(*built.values(), lenient=True)
    for name, flow in built.items():
        report.note(name, difference(flow, known))
    return report
