"""goflow's own suites run against the engine; what fails is known, with its reason."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.conformance import functions, goflow, migrations
from tests.conformance.goflow import Outcome, report, run
from tests.flows.shared import CONFORMANCE, needs_conformance

SUITES = CONFORMANCE / "flows" / "goflow"

pytestmark = needs_conformance

#: Case -> why it fails.
KNOWN: dict[str, str] = {}


def test_the_suites_pass_but_for_the_known_failures() -> None:
    outcomes = run(SUITES)

    failed = {outcome.name for outcome in outcomes if outcome.difference}
    totals = Counter(outcome.family for outcome in outcomes)
    assert failed == set(KNOWN)
    assert totals == {"runner": 15, "actions": 73, "routers": 9, "migrations": 15}


def test_the_report_counts_each_family_and_shows_the_first_difference() -> None:
    outcomes = [
        Outcome("actions", "send_msg: one", ""),
        Outcome("actions", "send_msg: two", "$.text: expected 'a', found 'b'"),
        Outcome("routers", "switch: one", ""),
    ]

    assert report(outcomes).splitlines() == [
        "actions: 1/2",
        "  send_msg: two: $.text: expected 'a', found 'b'",
        "routers: 1/1",
    ]


@pytest.fixture
def suites(tmp_path: Path) -> Path:
    """A directory with one conversation of the suites, under another name."""
    (tmp_path / "runner").mkdir()
    for name, other in (("stop.json", "my flow.json"), ("stop.test.json", "my flow.case.json")):
        shutil.copyfile(SUITES / "runner" / name, tmp_path / "runner" / other)
    return tmp_path


def test_another_directory_in_the_same_formats_is_run(suites: Path) -> None:
    assert run(suites) == [Outcome("runner", "my flow.case", "")]
    assert run(suites / "runner") == [Outcome("runner", "my flow.case", "")]


def test_a_file_that_cannot_be_read_is_a_case_that_fails_and_the_others_are_run(
    suites: Path,
) -> None:
    (suites / "runner" / "lonely.test.json").write_text("{}")
    (suites / "runner" / "README.md").write_text("no case")
    (suites / "actions").mkdir()
    (suites / "actions" / "_assets.json").write_text("{}")
    (suites / "actions" / "cut.json").write_text("[{")
    (suites / "actions" / "odd.json").write_text('[{"action": {}}, 5]')
    (suites / "migrations").mkdir()
    (suites / "migrations" / "14.0.0.json").write_text('[{"original": 5, "migrated": {}}]')

    outcomes = run(suites)

    assert [(item.family, item.name) for item in outcomes if item.difference] == [
        ("runner", "lonely.test"),
        ("actions", "cut"),
        ("actions", "odd: 1"),
        ("actions", "odd: 2"),
        ("migrations", "14.0.0 1"),
    ]
    assert Outcome("runner", "my flow.case", "") in outcomes
    assert outcomes[2].difference.startswith("cut.json cannot be read: ")


@pytest.mark.parametrize("command", [goflow, functions, migrations], ids=lambda item: item.__name__)
def test_a_place_without_cases_is_said_with_the_exit_code_of_a_wrong_use(
    command: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr("sys.argv", ["command", str(tmp_path / "nowhere")])

    assert command.main() == 2
    said = capsys.readouterr()
    assert (said.out, "nowhere" in said.err, len(said.err.splitlines())) == ("", True, 1)


def test_an_example_that_is_none_is_a_failure_of_its_own(tmp_path: Path) -> None:
    examples = [{"template": "@(1 + 1)", "output": "2"}, {"template": "@(1)"}, "@(2)"]
    (tmp_path / "f.json").write_text(json.dumps([{"examples": examples}, {"name": "none"}, 7]))

    found = functions.run(tmp_path / "f.json")

    assert (found.passed, found.total) == (1, 3)
    assert [line.split(":")[0] for line in found.failures] == ["@(1)", "@(2)"]
