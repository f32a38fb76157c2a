"""The flows that NGOs ship with Glific load and can be walked through every category."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import pytest

from flows import Flow, compile_flow, validate
from flows.simulator import Conversation
from tests.flows.shared import CONFORMANCE, assets

FILES = sorted((CONFORMANCE / "flows" / "glific").glob("*.json"))
_WORDS = ("1", "2", "3", "4", "5", "y", "n", "yes", "no", "help", "hindi", "optin", "xyz")

pytestmark = pytest.mark.skipif(not FILES, reason="the conformance data is not there")


@lru_cache
def built() -> tuple[Flow, ...]:
    return tuple(compile_flow(json.loads(file.read_text())) for file in FILES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_shipped_flow_can_be_walked(file: Path) -> None:
    flow = built()[FILES.index(file)]
    known = assets(*built(), lenient=True)

    for seed in range(len(_WORDS)):
        conversation = Conversation(flow, known, seed=seed, webhook=lambda e: (200, {"status": 1}))
        conversation.start(keyword=flow.name)
        for turn in range(25):
            wait = None if conversation.is_over else conversation.last.wait
            if wait is None:
                break
            if wait.kind == "msg":
                conversation.say(_WORDS[(seed + turn * (seed + 1)) % len(_WORDS)])
            else:
                conversation.wait_out()
        troubles = [event for event in conversation.events if event.type in ("error", "failure")]
        assert troubles == []


def test_shipped_flows_have_no_critical_problem_but_missing_things() -> None:
    codes = {
        problem.code
        for flow in built()
        for problem in validate(flow, assets(*built(), lenient=True))
        if problem.severity == "Critical"
    }

    assert codes <= {"flow:missing", "interactive:missing", "template:missing"}
