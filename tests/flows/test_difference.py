"""What changed between two definitions, in words."""

from __future__ import annotations

import copy
from typing import Any

from flows.definition.difference import Change, NodeChange, compare
from tests.flows.build import asks, definition, node, says

OLD = definition(
    node("hello", says("Hello"), to="ask1"),
    node("ask1", router=asks(("has_any_word", ["yes"], "Yes"), result="answer"),
         ways={"Yes": "bye1", "Other": None}),
    node("bye1", says("Bye")),
    localization={"hi": {"hello-0": {"text": ["नमस्ते"]}}},
    _ui={"nodes": {"hello": {"position": {"top": 0, "left": 0}}}},
)  # fmt: skip


def changed(**more: Any) -> dict[str, Any]:
    return copy.deepcopy(OLD) | more


def test_the_same_definition_differs_in_nothing() -> None:
    moved = changed(_ui={"nodes": {"hello": {"position": {"top": 90, "left": 9}}}}, revision=7)

    assert compare(OLD, moved).is_empty
    assert compare(OLD, moved).lines == ()


def test_texts_and_translations_are_shown_before_and_after() -> None:
    new = changed(localization={"hi": {"hello-0": {"text": ["नमस्कार"]}}})
    new["nodes"][0]["actions"][0]["text"] = "Good day"

    assert compare(OLD, new).nodes == (
        NodeChange(
            "hello",
            "changed",
            "Good day",
            (
                Change("send_msg: text", "Hello", "Good day"),
                Change("send_msg: text in hi", "नमस्ते", "नमस्कार"),
            ),
        ),
    )


def test_nodes_that_came_and_went_are_named_by_what_they_say() -> None:
    new = changed()
    new["nodes"] = [*new["nodes"][:2], node("more", says("One more"))]
    new["nodes"][1]["exits"][0]["destination_uuid"] = "more"

    assert compare(OLD, new).lines == (
        "changed node ask1: wait for a response: answer",
        "  ~ exit of Yes: Bye -> One more",
        "added node more: One more",
        "removed node bye1: Bye",
    )


def test_cases_and_properties_are_compared() -> None:
    new = changed(name="Newer", expire_after_minutes=60)
    new["nodes"][1]["router"]["cases"][0]["arguments"] = ["yes haan"]
    new["nodes"][1]["router"]["result_name"] = "reply"

    assert compare(OLD, new).lines == (
        "~ flow name: Flow -> Newer",
        "+ flow expire_after_minutes: 60",
        "changed node ask1: wait for a response: reply",
        "  ~ router: result_name: answer -> reply",
        "  ~ case ase0 to Yes: has_any_word yes -> has_any_word yes haan",
    )


def test_what_cannot_be_run_can_be_compared() -> None:
    broken: dict[str, Any] = {
        "nodes": [{"uuid": "x", "actions": [{"type": None}, 3], "router": []}, "y"],
        "localization": [],
    }

    assert [(n.kind, n.node_uuid) for n in compare(broken, OLD).nodes] == [
        ("added", "hello"),
        ("added", "ask1"),
        ("added", "bye1"),
        ("removed", "x"),
    ]
    assert compare({}, {}).is_empty
