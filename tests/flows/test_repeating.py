"""Unconnected exits lead back to the question where the flow's settings say so (catalogue 12.11)."""

from __future__ import annotations

import pytest

from flows import Flow
from flows.definition.repeating import repeating
from tests.flows.build import asks, flow, node, says


def question(*, other: str | None = None, late: str = "w-Late", name: str = "Other") -> Flow:
    """A question with the ways Yes, one for no answer in time, and another."""
    router = asks(("has_any_word", ["yes"], "Yes"), timeout=(60, late))
    ways = {"Yes": "q", "No Response": None, name: other}
    if late == "w-Late":
        ways = {"Yes": "q", "Late": None, name: other}
    return flow(node("q", says("Yes?"), to="w"), node("w", router=router, ways=ways))


def led(drawn: Flow, *, other: bool = False, no_response: bool = False) -> list[str | None]:
    """Where the ways of the question lead."""
    made = repeating(drawn, other=other, no_response=no_response)
    found = made.node("w")
    assert found is not None
    assert found in made.nodes
    return [exit.destination_uuid for exit in found.exits]


def test_each_setting_is_about_its_own_way() -> None:
    assert led(question()) == ["q", None, None]
    assert led(question(), other=True) == ["q", None, "q"]
    assert led(question(), no_response=True) == ["q", "q", None]
    assert led(question(), other=True, no_response=True) == ["q", "q", "q"]


def test_no_answer_in_time_is_known_by_its_name_where_the_wait_names_no_category() -> None:
    assert led(question(late=""), no_response=True) == ["q", "q", None]


def test_a_way_that_leads_somewhere_stays() -> None:
    assert led(question(other="w"), other=True) == ["q", None, "w"]


def test_only_the_category_other_is_meant() -> None:
    assert led(question(name="All Responses"), other=True) == ["q", None, None]


@pytest.mark.parametrize("waits", [True, False])
def test_a_first_node_and_a_node_that_asks_nobody_stay_as_they_are(waits: bool) -> None:
    router = asks() if waits else {"type": "switch", "operand": "@contact.name", "cases": []}
    first = node("w", router=router, ways={"Other": None})
    before = [] if waits else [node("q", says("Hi"), to="w")]

    assert led(flow(*before, first), other=True, no_response=True) == [None]
