"""The flows that NGOs ship with Glific load and can be walked through every category."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conformance.glific_flows import walk_all
from tests.flows.shared import CONFORMANCE, needs_conformance

DIRECTORY = CONFORMANCE / "flows" / "glific"
NODE = "b5a1c3de-0000-4000-8000-000000000001"


@needs_conformance
def test_every_shipped_flow_loads_could_be_published_and_can_be_walked() -> None:
    report = walk_all(DIRECTORY)

    assert (report.failures, report.passed) == ([], 19)


def test_a_flow_that_does_not_load_and_one_that_could_not_be_published_are_told(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.json").write_text("{")
    nowhere = {"uuid": NODE, "actions": [], "exits": [{"uuid": NODE, "destination_uuid": "x"}]}
    (tmp_path / "b.json").write_text(
        json.dumps({"uuid": NODE, "name": "B", "language": "eng", "nodes": [nowhere]})
    )

    report = walk_all(tmp_path)

    assert (report.passed, report.total) == (0, 2)
    assert report.failures[0].startswith("a: does not load: ")
    assert report.failures[1].startswith("b: ")


def test_a_way_that_ends_in_an_error_is_told_though_no_word_leads_there(tmp_path: Path) -> None:
    def way(name: str, number: int) -> dict[str, object]:
        return {"uuid": f"category-{number}", "name": name, "exit_uuid": f"exit-{number}"}

    asks = {
        "uuid": "ask",
        "actions": [],
        "router": {
            "type": "switch",
            "wait": {"type": "msg"},
            "operand": "@input.text",
            "cases": [
                {
                    "uuid": "case",
                    "type": "has_only_text",
                    "arguments": ["nobody says this"],
                    "category_uuid": "category-1",
                }
            ],
            "categories": [way("Rare", 1), way("Other", 2)],
            "default_category_uuid": "category-2",
        },
        "exits": [
            {"uuid": "exit-1", "destination_uuid": "wrong"},
            {"uuid": "exit-2", "destination_uuid": None},
        ],
    }
    wrong = {
        "uuid": "wrong",
        "actions": [{"uuid": "a", "type": "send_msg", "text": "@(1 / 0)"}],
        "exits": [{"uuid": "exit-3", "destination_uuid": None}],
    }
    flow = {"uuid": NODE, "name": "Rare", "language": "eng", "nodes": [asks, wrong]}
    (tmp_path / "rare.json").write_text(json.dumps({"flows": [{"definition": flow}]}))

    report = walk_all(tmp_path)

    assert (report.passed, report.total) == (0, 1)
    assert report.failures[0].startswith("rare: category Rare of node ask: error: ")


def test_a_flow_that_is_called_and_is_not_there_is_not_the_callers_fault(tmp_path: Path) -> None:
    calls = {
        "uuid": "call",
        "actions": [
            {"uuid": "a", "type": "enter_flow", "flow": {"uuid": "HELP", "name": "Help"}},
        ],
        "exits": [{"uuid": "exit", "destination_uuid": None}],
    }
    flow = {"uuid": NODE, "name": "Caller", "language": "eng", "nodes": [calls]}
    (tmp_path / "caller.json").write_text(json.dumps(flow))

    assert walk_all(tmp_path).failures == []
