"""The flows that NGOs ship with Glific load and can be walked through every category."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conformance.glific_flows import walk_all
from tests.flows.shared import CONFORMANCE

DIRECTORY = CONFORMANCE / "flows" / "glific"
NODE = "b5a1c3de-0000-4000-8000-000000000001"


@pytest.mark.skipif(not DIRECTORY.is_dir(), reason="the conformance data is not there")
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
