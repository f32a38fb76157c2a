"""What publishing says about loops, variables, places of faults and answers that are keywords."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import Flow, Problem, StaticAssets, validate
from flows.definition.inspect import awaited_words
from flows.definition.loops import check_loops
from flows.values import Json
from tests.flows.build import asks, flow, node, says
from tests.flows.shared import assets


def loops(built: Flow, *others: Flow) -> list[tuple[str, str, str | None]]:
    known = StaticAssets(flows=(built, *others), lenient=True)
    return [(p.severity, p.code, p.node_uuid) for p in check_loops(built, known)]


def enters(uuid: str) -> dict[str, Json]:
    return {"type": "enter_flow", "flow": {"uuid": uuid, "name": uuid.title()}}


DELAY = {"type": "wait_for_time", "delay": "60"}
SPLIT = {"operand": "@contact.name", "cases": [("has_text", [], "Named")]}
ENDLESS = ("Critical", "loop:endless")
UNATTENDED = ("Warning", "loop:unattended")


@pytest.mark.parametrize(
    ("nodes", "found"),
    [
        ((node("a", to="b"), node("b", to="a")), [(*ENDLESS, "a")]),
        ((node("a", to="a"),), [(*ENDLESS, "a")]),
        ((node("a", to="b"), node("b", router=asks(), ways={"All": "a"})), []),
        (
            (node("a", to="b"), node("b", router=SPLIT, ways={"Named": "a", "Other": None})),
            [(*UNATTENDED, "a")],
        ),
        ((node("a", DELAY, to="a"),), [(*UNATTENDED, "a")]),
        ((node("a", DELAY, router=SPLIT, ways={"Named": "a", "Other": None}),), []),
        ((node("a", {"type": "wait_for_result", "delay": "0"}, to="a"),), []),
        ((node("a", to="b"), node("b", to="b")), [(*ENDLESS, "b")]),
        ((node("a", to="b"), node("b")), []),
    ],
)
def test_a_loop_without_a_person_is_told(
    nodes: tuple[dict[str, Json], ...], found: list[tuple[str, str, str]]
) -> None:
    assert loops(flow(*nodes)) == found


def test_two_loops_are_told_apart() -> None:
    built = flow(node("a", to="b"), node("b", to="a"), node("c", to="d"), node("d", to="c"))

    assert sorted(loops(built)) == [(*ENDLESS, "a"), (*ENDLESS, "c")]


def test_a_flow_that_is_entered_counts_as_a_person_when_it_asks() -> None:
    menu = flow(node("m", router=asks(), ways={"All": None}), uuid="menu")
    silent = flow(node("s", says("Hi")), uuid="silent")
    around = flow(node("a", enters("menu"), to="a"))
    idle = flow(node("a", enters("silent"), to="a"))

    assert loops(around, menu) == []
    assert loops(idle, silent) == [(*ENDLESS, "a")]


def test_flows_that_call_one_another_without_asking_are_told() -> None:
    first = flow(node("f", enters("second")), uuid="first")
    second = flow(node("s", enters("first")), uuid="second")
    asking = flow(
        node("s", enters("first"), to="w"), node("w", router=asks(), ways={"All": None}),
        uuid="second",
    )  # fmt: skip
    itself = flow(node("f", enters("first")), uuid="first")

    assert loops(first, second) == [("Critical", "loop:flows", "f")]
    assert loops(first, asking) == []
    assert loops(itself) == [("Critical", "loop:flows", "f")]


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
def test_every_node_on_a_circle_is_found(pairs: list[tuple[int, int]]) -> None:
    """Against the definition itself: a node is on a circle when it can be reached from itself."""
    names = [str(number) for number in range(8)]
    exits = {name: [str(b) for a, b in pairs if str(a) == name] for name in names}
    raw = [
        {
            "uuid": name,
            "actions": [],
            "exits": [
                {"uuid": f"{name}-{at}", "destination_uuid": to} for at, to in enumerate(ahead)
            ],
        }
        for name, ahead in exits.items()
    ]

    def reached(name: str) -> set[str]:
        found: set[str] = set()
        ahead = list(exits[name])
        while ahead:
            if (at := ahead.pop()) not in found:
                found.add(at)
                ahead += exits[at]
        return found

    expected = {name for name in names if name in reached(name)}
    told = [found.message.split(" form")[0] for found in check_loops(flow(*raw), StaticAssets())]
    assert {n for text in told for n in text.removeprefix("Nodes ").split(", ")} == expected


def test_the_longest_chain_of_nodes_is_looked_through() -> None:
    chain = [node(str(at), to=str(at + 1)) for at in range(999)] + [node("999", to="0")]

    assert loops(flow(*chain)) == [(*ENDLESS, "0")]


def test_a_fault_names_its_action_and_its_place() -> None:
    built = flow(node("a", says("@(1 +)")))

    assert validate(built, assets()) == (
        Problem(
            "Critical",
            "expression:invalid",
            "Could not parse @(1 +): unexpected end of expression at 4",
            "a",
            "a-0",
            4,
        ),
    )


def test_variables_that_lead_nowhere_are_told() -> None:
    sets = {"type": "set_contact_field", "field": {"key": "made", "name": "Made"}, "value": "1"}
    built = flow(node("a", sets, says("@contact.fields.made @contact.fields.lost @globals.gone")))
    bare = replace(assets(), contact_fields=(), global_values={})

    assert [(p.severity, p.message) for p in validate(built, bare)] == [
        ("Warning", "Could not find Field: lost"),
        ("Warning", "Could not find Global: gone"),
    ]


def test_awaited_words_are_those_of_cases_on_messages() -> None:
    cases = asks(("has_any_word", ["yes, haan"], "Yes"), ("has_only_phrase", ["not now"], "No"),
                 ("has_number", [], "No"))  # fmt: skip
    built = flow(node("w", router=cases, ways={"Yes": None, "No": None}))

    assert list(awaited_words(built)) == [("w", "yes"), ("w", "haan"), ("w", "not now")]
