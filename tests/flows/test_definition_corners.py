"""Definitions that cannot be run, work badly, or refer to many things."""

from __future__ import annotations

import pytest

from flows import (
    Flow,
    FlowInvalid,
    compile_flow,
    inspect,
    validate,
)
from flows.simulator import Conversation
from flows.values import Json
from tests.flows.build import asks, definition, flow, node, says
from tests.flows.shared import assets


@pytest.mark.parametrize(
    "broken",
    [
        {
            "router": {
                "type": "switch",
                "categories": [{"uuid": "c", "name": "C", "exit_uuid": "?"}],
            }
        },
        {"router": {"type": "dice", "categories": []}},
        {"router": {"type": "switch", "default_category_uuid": "?", "categories": []}},
        {"router": {"cases": [{"type": "has_text", "category_uuid": "?"}], "type": "switch"}},
        {"router": {"cases": [{"type": "has_magic"}], "type": "switch"}},
        {"router": {"cases": [{"type": "has_text"}] * 101, "type": "switch"}},
        {"router": {"type": "switch", "wait": {"timeout": {"seconds": 5, "category_uuid": "?"}}}},
        {"actions": [{"type": "send_msg"}] * 101},
        {"exits": [{"uuid": "e", "destination_uuid": "?"}]},
        {"uuid": ""},
    ],
)
def test_a_definition_that_cannot_be_run_is_refused(broken: dict[str, Json]) -> None:
    raw = {"uuid": "n", "actions": [], "exits": [{"uuid": "e"}], **broken}

    with pytest.raises(FlowInvalid):
        compile_flow(definition(raw))


@pytest.mark.parametrize(
    "data",
    [
        {"name": "x", "nodes": []},
        definition(node("a"), node("a")),
        definition(*(node(str(number)) for number in range(1001))),
    ],
)
def test_a_flow_without_uuid_with_twins_or_too_many_nodes_is_refused(data: dict[str, Json]) -> None:
    with pytest.raises(FlowInvalid):
        compile_flow(data)


@pytest.mark.parametrize(
    ("places", "start_uuid"),
    [
        ({"a": {"position": {"top": 9, "left": 0}}, "b": {"position": {"top": 1, "left": 0}}}, "b"),
        ({"a": {"position": {"top": 9}}, "b": {"position": {"top": 1, "left": 0}}}, "a"),
        ({"b": {"position": {"top": 1, "left": 0}}}, "a"),
    ],
)
def test_the_topmost_node_begins_if_all_are_shown(places: Json, start_uuid: str) -> None:
    built = compile_flow(definition(node("a"), node("b"), _ui={"nodes": places}))

    assert built.start_uuid == start_uuid


def test_long_waits_and_interactive_messages_are_warned_of() -> None:
    built = flow(
        node("a", {"type": "wait_for_time", "delay": "90000"}, to="b"),
        node("b", says("hello"), to="c"),
        node("c", {"type": "send_interactive_msg", "id": "1", "text": "{}"}, to="d"),
        node("d", {"type": "enter_flow", "flow": {"uuid": "flow"}}, to="e"),
        node("e", router=asks(timeout=(90000, "e-N")), ways={"N": "b", "All": None}),
    )

    found = [p.message for p in validate(built, assets(built)) if p.severity == "Warning"]

    assert "The next message after a long wait for time should be a template" in found
    assert "The next message after a long no response should be a template" in found
    assert "The next node after interactive Node #c should be wait for response" in found


def test_everything_that_is_referred_to_is_known() -> None:
    ref = {"uuid": "x", "name": "X"}
    actions: list[dict[str, Json]] = [
        {"type": "send_broadcast", "text": "@fields.a", "contacts": [ref], "groups": [ref]},
        {"type": "start_session", "flow": ref, "groups": [ref], "contact_query": "@fields.b = 1"},
        {"type": "set_contact_channel", "channel": ref},
        {"type": "set_contact_channel"},
        {"type": "open_ticket", "topic": ref, "assignee": ref, "result_name": "t"},
        {"type": "call_classifier", "classifier": ref, "result_name": "c"},
        {"type": "link_google_sheet", "sheet_id": "3", "result_name": "s"},
        {"type": "set_contact_profile", "result_name": "p"},
        {
            "type": "call_webhook",
            "url": "@fields.c",
            "headers": {"A": "@fields.d"},
            "result_name": "w",
        },
        {"type": "send_msg", "text": "x", "labels": [ref], "template": ref},
        {"type": "remove_contact_groups", "groups": [ref]},
        {"type": "add_input_labels", "labels": [ref]},
        {"type": "send_interactive_msg", "id": "x", "labels": [ref]},
        {"type": "set_contact_language", "language": "xx"},
        {"type": "set_run_result", "name": "Set"},
        {"type": "add_contact_urn", "path": "@fields.e"},
    ]
    router = {"operand": "@contact.groups", "cases": [("has_group", ["x", "X"], "In")]}
    found = inspect(flow(node("a", *actions, router=router, ways={"In": None, "Out": None})))

    assert {item.kind for item in found.dependencies} == {
        "channel", "classifier", "contact", "field", "flow", "group", "interactive", "label",
        "language", "sheet", "template", "topic", "user",
    }  # fmt: skip
    assert {d.ref for d in found.dependencies if d.kind == "field"} == {"a", "b", "c", "d", "e"}
    assert found.results == ("t", "c", "s", "p", "w", "Set")


def test_names_of_the_organization_the_run_and_the_calendar() -> None:
    text = (
        "@calendar.current_date @calendar.current_day @globals.site @global.site "
        "@node.visit_count @flow.name @run.flow @child"
    )
    built: Flow = flow(node("a", says(text)))
    conversation = Conversation(built, assets(built, global_values={"site": "Pune"}))

    assert conversation.start() == ["01/01/2026 Thursday Pune Pune 1 Flow Flow"]
