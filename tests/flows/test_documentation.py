"""docs/flows.md says all that the engine knows, is fresh, and every example in it is run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.conversations.script import Pattern
from flows.docs.actions import ACTIONS
from flows.docs.cases import CASES
from flows.docs.functions import FUNCTIONS
from flows.docs.page import page, undocumented
from flows.docs.stage import do_action, give, look_up, try_case
from flows.docs.table import Entry, Example
from flows.docs.variables import VARIABLES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "flows.md"

Pair = tuple[str, Example]


def pairs(entries: tuple[Entry, ...]) -> list[Pair]:
    return [(entry.name, example) for entry in entries for example in entry.examples]


def name(value: object) -> str:
    return value if isinstance(value, str) else ""


def test_nothing_that_the_engine_knows_is_left_out_and_nothing_is_made_up() -> None:
    assert undocumented() == []


def test_everything_has_a_sentence_and_an_example() -> None:
    entries = (*ACTIONS, *CASES, *FUNCTIONS, *VARIABLES)

    assert [entry.name for entry in entries if not entry.says or not entry.examples] == []


def test_the_page_is_fresh() -> None:
    """Make it anew with `samvad docs flows docs/flows.md`."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize(("function", "example"), pairs(FUNCTIONS), ids=name)
def test_an_example_of_a_function_gives_what_it_says(function: str, example: Example) -> None:
    assert f"{function}(" in example.source or f"{function})" in example.source
    assert give(example.source) == example.gives


@pytest.mark.parametrize(("case", "example"), pairs(CASES), ids=name)
def test_an_example_of_a_case_matches_what_it_says(case: str, example: Example) -> None:
    assert try_case(case, example.source) == example.gives


@pytest.mark.parametrize(("action", "example"), pairs(ACTIONS), ids=name)
def test_an_example_of_an_action_does_what_it_says(action: str, example: Example) -> None:
    done = "; ".join(do_action(action, json.loads(example.source)))

    pattern = Pattern(example.gives, tuple(example.gives.split("*")))

    assert (done, pattern.fits(done)) == (done, True)


@pytest.mark.parametrize(("root", "example"), pairs(VARIABLES), ids=name)
def test_an_example_of_a_variable_shows_what_it_says(root: str, example: Example) -> None:
    assert root in example.source
    assert look_up(example.source) == example.gives
