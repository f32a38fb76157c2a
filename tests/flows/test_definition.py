"""Reading definitions, and what is wrong with them."""

from __future__ import annotations

import pytest

from flows import FlowInvalid, compile_flow, inspect, validate
from flows.values import Json
from tests.flows.build import asks, definition, flow, node, says
from tests.flows.shared import assets


def test_the_topmost_node_is_the_first() -> None:
    places = {"a": (100, 0), "b": (0, 50), "c": (0, 10)}
    shown = {uuid: {"position": {"top": top, "left": left}} for uuid, (top, left) in places.items()}
    nodes = [node("a"), node("b"), node("c")]

    assert flow(*nodes, _ui={"nodes": shown}).start_uuid == "c"
    assert flow(*nodes, _ui={"nodes": {}}).start_uuid == "a"


def test_an_export_file_gives_its_first_flow() -> None:
    built = compile_flow({"flows": [{"definition": definition(node("a")), "keywords": []}]})

    assert built.uuid == "flow"


@pytest.mark.parametrize(
    "raw",
    [
        {},
        definition(node("a", to="nowhere")),
        definition(node("a"), node("a")),
        definition(node("a", router={"type": "magic"}, ways={"X": None})),
        definition(node("a", router=asks(("has_magic", [], "X")), ways={"X": None})),
        definition(node("a", router={"default_category_uuid": "x"}, ways={"X": None})),
    ],
)
def test_a_definition_that_cannot_run_is_refused(raw: dict[str, Json]) -> None:
    with pytest.raises(FlowInvalid) as caught:
        compile_flow(raw)

    assert {problem.severity for problem in caught.value.problems} == {"Critical"}


def test_an_empty_flow_has_one_problem() -> None:
    assert [p.message for p in validate(flow(), assets())] == ["Flow is empty"]


def test_problems_are_told_in_the_frontends_words() -> None:
    group = {"type": "add_contact_groups", "groups": [{"uuid": "x", "name": "Lost"}]}
    child = {"type": "enter_flow", "flow": {"uuid": "x", "name": "Away"}}
    built = flow(
        node("a", group, child, says("@(1 +)"), to="w"),
        node("w", router=asks(("has_pattern", ["["], "X")), ways={"X": None}),
        node("alone", {"type": "set_contact_language", "language": ""}),
    )

    assert [(p.severity, p.message) for p in validate(built, assets(), ["hi"])] == [
        ("Critical", "Could not find Group: Lost"),
        ("Critical", "Could not find Sub Flow: Away"),
        ("Critical", "Could not parse @(1 +): unexpected end of expression at 4"),
        ("Critical", "Could not parse the pattern ["),
        ("Warning", "Your flow has dangling nodes"),
        ("Warning", "Node a is missing translations in Hindi"),
        ("Warning", "Language is a required field"),
    ]


@pytest.mark.parametrize(
    ("action", "problem"),
    [
        (
            {"type": "add_input_labels", "labels": [{"uuid": "x", "name": "Lost"}]},
            ("label:missing", "Could not find Label: Lost"),
        ),
        (
            says("", templating={"uuid": "t", "template": {"uuid": "x", "name": "Lost"}}),
            ("template:missing", "A template could not be found in the flow"),
        ),
        (
            {"type": "send_interactive_msg", "id": 7, "name": "Lost"},
            ("interactive:missing", "An Interactive template does not exist"),
        ),
    ],
)
def test_what_a_flow_names_and_is_not_there_is_critical(
    action: dict[str, Json], problem: tuple[str, str]
) -> None:
    (found,) = validate(flow(node("a", action)), assets())

    assert (found.severity, found.code, found.message) == ("Critical", *problem)
    assert found.node_uuid == "a"


@pytest.mark.parametrize(
    ("replies", "translation", "is_missing"),
    [
        (["Yes"], {"text": ["ठीक?"]}, True),
        (["Yes"], {"text": ["ठीक?"], "quick_replies": ["हाँ"]}, False),
        (["1", "2"], {"text": ["ठीक?"]}, False),
        ([], {"quick_replies": ["हाँ"]}, True),
    ],
)
def test_the_buttons_of_a_message_want_a_translation_too(
    replies: list[str], translation: dict[str, Json], is_missing: bool
) -> None:
    asking = {"uuid": "q", **says("Right?", quick_replies=replies)}
    built = flow(node("a", asking), localization={"hi": {"q": translation}})

    found = [problem.code for problem in validate(built, assets(), ["hi"])]

    assert found == (["translation:missing"] if is_missing else [])


def test_inspection_gives_dependencies_results_and_waits() -> None:
    built = flow(
        node("a", says("@contact.fields.age @globals.site"), to="w"),
        node("w", router=asks(result="answer"), ways={"All": None}),
    )

    found = inspect(built)

    assert [(d.kind, d.ref) for d in found.dependencies] == [("field", "age"), ("global", "site")]
    assert (found.results, found.waits) == (("answer",), 1)
