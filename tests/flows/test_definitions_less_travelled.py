"""Definitions that are read seldom: half drawn, oversized, or with what is found only at publication."""

from __future__ import annotations

from typing import Any

import pytest

from flows import FlowInvalid, StaticAssets, compile_flow, validate
from flows.definition.foreign import refused_code
from flows.definition.inspect import awaited_words
from flows.definition.rules import action_faults, router_faults
from flows.values import Json
from tests.flows.build import asks, definition, flow, node, says


def problems(*nodes: dict[str, Json], **more: Any) -> list[tuple[str, str]]:
    built = flow(*nodes)
    found = validate(built, StaticAssets(flows=(built,)), **more)
    return [(one.code, one.message) for one in found]


def test_strictly_a_flow_of_messages_has_no_voice() -> None:
    say = {"type": "say_msg", "uuid": "ad154980-7bf7-4ab8-8728-545fd6378912", "text": "Hi"}

    with pytest.raises(FlowInvalid, match="say_msg is for flows of type voice"):
        compile_flow(definition(node("a", say)), strict=True)


def test_a_flow_that_is_chosen_while_it_runs_may_ask_somebody() -> None:
    enter = {"type": "enter_flow", "flow": {"name": "Expression", "expression": "@results.next"}}

    found = problems(node("a", enter, to="b"), node("b", says("again"), to="a"))
    assert [code for code, _ in found if code.startswith("loop")] == []


def test_a_case_with_too_many_arguments_is_refused() -> None:
    router = asks(("has_number_between", [str(n) for n in range(11)], "A"))

    with pytest.raises(FlowInvalid, match="has_number_between has too many arguments"):
        flow(node("w", router=router, ways={"A": None, "O": None}))


def test_only_fixed_words_of_waiting_nodes_are_awaited() -> None:
    router = asks(
        ("has_any_word", ["yes, ok"], "A"),
        ("has_phrase", ["not now"], "A"),
        ("has_any_word", ["@contact.name"], "A"),
        ("has_number_eq", ["7"], "A"),
        ("has_text", [], "A"),
    )
    built = flow(
        node("x", router={"cases": [("has_any_word", ["red"], "A")]}, ways={"A": "w", "O": "w"}),
        node("w", router=router, ways={"A": None, "O": None}),
    )

    assert list(awaited_words(built)) == [("w", "yes"), ("w", "ok"), ("w", "not now")]


def test_what_is_wrong_beside_foreign_code_is_not_taken_for_it() -> None:
    built = flow(
        node("a", says("Hi")),
        localization={"hi": {"a-0": {"text": ["@(1 + <%= 2 %> <%= System.halt() %>"]}}},
    )

    assert [p.message.split(":")[0] for p in refused_code(built)] == ["[hi] <%= System.halt() %>"]


def test_strict_rules_pass_over_what_is_no_object_or_no_case() -> None:
    router = {"categories": [{"name": "A"}], "operand": "x", "cases": ["?", {"type": "has_magic"}]}

    assert list(router_faults(router)) == []
    faults = list(action_faults({"type": "call_webhook", "headers": ["x"]}))
    assert not [fault for fault in faults if fault.startswith("headers")]


def test_a_template_that_is_not_there_is_told_at_publication() -> None:
    action = says("x", templating={"uuid": "t", "template": {"uuid": "gone", "name": "Gone"}})

    assert ("template:missing", "A template could not be found in the flow") in problems(
        node("a", action)
    )


def test_problems_of_waits_are_about_what_comes_after_them() -> None:
    long = {"type": "wait_for_time", "delay": "90000"}
    template = says("x", templating={"template": {"uuid": "t", "name": "T"}})
    button = {"type": "send_interactive_msg", "id": 1, "name": "I"}
    router = asks(timeout=(90_000, "w-Late"))

    quiet = problems(
        node("a", long, to="b"),
        node("b", template, to="c"),
        node("c", button, to="w"),
        node("w", router=router, ways={"Late": None, "All": None}),
    )
    loud = problems(
        node("a", long, to="b"),
        node("b", says("x"), button, to="w"),
        node("w", router=router, ways={"Late": "b", "All": None}),
    )

    assert [code for code, _ in quiet if code.startswith(("wait", "inter"))] == [
        "interactive:missing"
    ]
    assert [text for code, text in loud if code.startswith("wait")] == [
        "The next message after a long wait for time should be a template",
        "The next message after a long no response should be a template",
    ]


def test_patterns_that_are_made_while_the_flow_runs_are_not_judged_before() -> None:
    router = asks(("has_pattern", ["@contact.name("], "A"), ("has_text", [], "A"))

    found = problems(
        node("r", router={"type": "random", "operand": ""}, ways={"A": "w", "B": "w"}),
        node("w", router=router, ways={"A": None, "O": None}),
    )
    assert [code for code, _ in found if code == "regex:invalid"] == []


def test_texts_that_are_translated_or_empty_need_no_translation() -> None:
    built = flow(
        node("a", says("Hi"), says(""), {"type": "set_contact_name", "name": "x"}),
        localization={"hi": {"a-0": {"text": ["नमस्ते"]}}},
    )

    found = validate(built, StaticAssets(flows=(built,)), ["hi"])
    assert [p for p in found if p.code == "translation:missing"] == []


def test_flows_that_call_one_another_in_vain_are_found_over_several_flows() -> None:
    def calls(name: str, *others: str) -> Any:
        enters = [{"type": "enter_flow", "flow": {"uuid": other}} for other in others]
        nodes = [
            node(f"{name}{at}", enter, to=f"{name}{at + 1}" if at + 1 < len(enters) else None)
            for at, enter in enumerate(enters)
        ]
        return flow(*nodes, uuid=name)

    one, two = calls("one", "two"), calls("two", "three", "four")
    three, four = calls("three", "two"), calls("four", "two", "one")
    found = validate(one, StaticAssets(flows=(one, two, three, four)))

    assert [p.message for p in found if p.code == "loop:flows"] == [
        "The flows One, Two, Four call one another without asking anybody anything"
    ]
