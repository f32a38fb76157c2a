"""The rarer ways through actions, routers and definitions."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from flows import (
    Flow,
    FlowInvalid,
    ManualTrigger,
    MsgReceived,
    ResultArrived,
    StaticAssets,
    compile_flow,
    inspect,
    resume,
    start,
    validate,
)
from flows.simulator import Conversation
from flows.stimuli import WaitTimedOut
from flows.values import Json
from tests.flows.build import asks, definition, flow, node, says
from tests.flows.goflow_habits import Talk
from tests.flows.shared import assets, talk

FAILS = "@(1 / 0)"


def events(*actions: dict[str, Json], **known: Any) -> list[dict[str, Json]]:
    built = flow(node("a", *actions))
    conversation = Conversation(built, assets(built, **known))
    conversation.start()
    return [event.to_json() for event in conversation.events]


def codes(*actions: dict[str, Json], **known: Any) -> list[str]:
    return [event["code"] for event in events(*actions, **known) if event["type"] == "error"]


@pytest.mark.parametrize(
    "action",
    [
        {"type": "set_contact_name", "name": FAILS},
        {"type": "set_contact_language", "language": FAILS},
        {"type": "set_contact_timezone", "timezone": FAILS},
        {"type": "set_contact_field", "field": {"key": "age_group"}, "value": FAILS},
        {"type": "set_run_result", "name": "R", "value": FAILS},
    ],
)
def test_a_value_that_fails_changes_nothing(action: dict[str, Json]) -> None:
    told = [event["type"] for event in events(action)]

    assert told == ["run_started", "node_entered", "error", "exit_taken", "run_ended"]


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ({"type": "set_contact_timezone", "timezone": "Mars/Base"}, "timezone:invalid"),
        ({"type": "set_contact_status", "status": "drunk"}, "status:invalid"),
        ({"type": "set_contact_language", "language": "Klingon"}, "language:invalid"),
        ({"type": "send_interactive_msg", "id": "9", "text": "no json"}, "dependency:missing"),
        ({"type": "send_msg", "text": FAILS}, "expression"),
        ({"type": "add_contact_groups", "groups": [{"uuid": "x", "name": "y"}]}, "dependency:missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_code(action: dict[str, Json], code: str) -> None:
    assert codes(action)[0] == code


def test_the_same_value_again_is_no_change() -> None:
    told = events(
        *(2 * ({"type": "set_contact_timezone", "timezone": "Asia/Kolkata"},)),
        *(2 * ({"type": "set_contact_language", "language": "Hindi"},)),
        *(2 * ({"type": "set_contact_status", "status": "blocked"},)),
        *(2 * ({"type": "set_contact_name", "name": "Ravi"},)),
        *(2 * ({"type": "set_contact_field", "field": {"name": "Age Group"}, "value": "9"},)),
        {"type": "set_contact_field", "field": {}, "value": "9"},
        *(2 * ({"type": "set_contact_field", "field": {"key": "settings"}, "value": "reset"},)),
    )

    changed = [event["type"] for event in told if event["type"].endswith("_changed")]
    assert changed == [
        "contact_timezone_changed",
        "contact_language_changed",
        "contact_status_changed",
        "contact_name_changed",
        "contact_field_changed",
    ]


def test_a_list_is_numbered_through_its_sections_and_has_its_media() -> None:
    content = {
        "type": "list",
        "title": "@contact",
        "body": {"text": "Choose"},
        "content": {"type": "image", "url": "https://x.example/a.png", "caption": "c"},
        "items": [
            {"options": [{"title": "One"}, {"title": ""}]},
            "x",
            {"options": [{"title": "Two"}]},
        ],
        "limit": 3,
    }
    (told,) = [
        event
        for event in events({"type": "send_interactive_msg", "id": "1", "text": content})
        if event["type"] == "msg_created"
    ]  # fmt: skip

    assert told["text"] == "Asha\nChoose\nc\n1. One\n2. Two"
    assert (told["attachments"], told["kind"]) == (["image:https://x.example/a.png"], "list")


def test_a_translation_with_other_choices_stands_alone() -> None:
    base = {"type": "quick_reply", "options": [{"title": "Yes"}, {"title": "No"}]}
    known = {"5": {"content": {}, "translations": {"en": {**base, "options": [{"title": "Ja"}]}}}}
    built = flow(
        node("a", {"type": "send_interactive_msg", "id": "5", "text": json.dumps(base)}, to="w"),
        node("w", router=asks(("has_only_phrase", ["ja"], "J")), ways={"J": "j", "O": "o"}),
        node("j", says("j")),
        node("o", says("o")),
    )
    conversation = Conversation(built, assets(built, interactives=known))
    conversation.start()

    assert conversation.say("1") == ["j"]


HSM = {"uuid": "t", "body": "Hi {{1}} {{9}}", "translations": {"hi": "नमस्ते {{1}}"}}


@pytest.mark.parametrize(
    ("language", "variables", "text"),
    [
        ("en", [], "Hi Asha"),
        ("hi", ["आशा"], "नमस्ते आशा"),
        ("hi", ["a", "b"], "नमस्ते Asha"),
    ],
)
def test_a_template_of_the_organization_is_filled(
    language: str, variables: list[str], text: str
) -> None:
    message = {
        "type": "send_msg",
        "uuid": "m",
        "text": "plain",
        "templating": {
            "uuid": "v",
            "template": {"uuid": "t", "name": "hi"},
            "variables": ["@contact"],
        },
    }
    built = flow(
        node("a", message),
        localization={
            "hi": {"m": {"template_variables": variables}, "v": {"variables": variables}}
        },
    )
    conversation = Conversation(built, assets(built, templates={"t": HSM}))
    conversation.contact = replace(conversation.contact, language=language)

    assert conversation.start() == [text]


def test_a_template_that_only_the_provider_knows_is_sent_by_name() -> None:
    message = {"type": "send_msg", "text": "", "template": {"uuid": "x", "name": "hello"}}

    assert [e["text"] for e in events(message) if e["type"] == "msg_created"] == ["hello"]


def test_results_from_outside_are_merged_and_patience_may_end() -> None:
    waits = {"type": "wait_for_result", "delay": "60", "result_name": "r"}
    built = flow(
        node("a", waits, router={}, ways={"Completed": "c", "No Response": "n", "Other": None}),
        node("c", says("@results.score @results.more.x")),
        node("n", says("nothing came")),
    )
    one, other = talk(built), talk(built)

    assert one.give(ResultArrived({"score": 4, "more": {"x": 1}})) == ["4 1"]
    assert other.wait_out() == ["nothing came"]
    (result,) = inspect(built).results
    assert result == "r"


def test_a_silence_takes_no_response_by_name_or_goes_on() -> None:
    named = flow(
        node(
            "w", router=asks(result="r", timeout=(60, "")), ways={"No Response": "n", "All": None}
        ),
        node("n", says("late")),
    )
    other = flow(node("w", router=asks(timeout=(60, "")), ways={"All": "x"}), node("x", says("on")))

    assert talk(named).wait_out() == ["late"]
    assert talk(other).wait_out() == ["on"]


def test_a_silence_is_kept_with_its_moment_in_goflow() -> None:
    router = asks(result="r", timeout=(60, "w-T"))
    conversation = Talk(flow(node("w", router=router, ways={"T": None, "All": None})))
    conversation.start()
    assert conversation.sprint is not None and conversation.sprint.wait is not None

    (told,) = conversation.give(WaitTimedOut(conversation.sprint.wait.token))

    assert (told["value"], told["category"]) == ("2026-01-01T09:00:00.000000Z", "T")


def test_a_wait_does_not_expire_before_its_time_is_over() -> None:
    built = flow(
        node("w", router=asks(timeout=(7200, "w-T")), ways={"T": None, "All": None}),
        expire_after_minutes=60,
    )
    wait = talk(built).last.wait

    assert wait is not None and wait.expires_at is not None and wait.timeout_at is not None
    assert wait.expires_at > wait.timeout_at


# -- what has gone meanwhile


def gone(conversation: Conversation, **known: Any) -> tuple[str, str]:
    assert conversation.state is not None
    message = MsgReceived(conversation.message("hi"))
    sprint = resume(
        conversation.state,
        StaticAssets(**known),
        conversation.contact,
        message,
        conversation.environment(),
    )
    return sprint.state.status, sprint.state.end_reason


def test_a_node_or_flow_that_has_gone_fails_with_its_reason() -> None:
    child = flow(node("w", router=asks(), ways={"All": None}), uuid="child")
    enter = {"type": "enter_flow", "flow": {"uuid": "child"}}
    conversation = talk(flow(node("a", enter, to="b"), node("b")), child)
    env = conversation.environment()

    missing = start(StaticAssets(), conversation.contact, ManualTrigger("x"), env)
    assert (missing.state.status, missing.state.end_reason) == ("failed", "flow_missing")
    assert gone(conversation) == ("failed", "missing_node")
    assert gone(conversation, flows=(child,)) == ("failed", "missing_node")


def test_a_flow_may_be_named_by_an_expression() -> None:
    child = flow(node("c", says("child")), uuid="child")
    flow_ref = {"name": "Expression", "uuid": "x", "expression": "Ch@(\"ild\")"}  # fmt: skip
    parent = flow(node("a", {"type": "enter_flow", "flow": flow_ref}, to="b"), node("b"))

    assert talk(parent, child).transcript == [("flow", "child")]
    assert inspect(parent).dependencies == ()


# -- routers


def test_an_operand_that_fails_may_be_asked_for() -> None:
    router = {"operand": FAILS, "cases": [("has_error", [], "Bad")]}
    built = flow(node("a", router=router, ways={"Bad": "x", "Ok": None}), node("x", says("bad")))

    assert talk(built).transcript == [("flow", "bad")]


@pytest.mark.parametrize(("arguments", "said"), [(["10", "20"], []), (["10"], ["ok"])])
def test_arguments_are_translated_when_they_are_as_many(
    arguments: list[str], said: list[str]
) -> None:
    built = flow(
        node("w", router=asks(("has_number_between", ["1", "5"], "Y")), ways={"Y": "y", "O": None}),
        node("y", says("ok")),
        localization={"hi": {"w-case0": {"arguments": arguments}}},
    )
    conversation = Conversation(built, assets(built))
    conversation.contact = replace(conversation.contact, language="hi")
    conversation.start()

    assert conversation.say("3") == said


@pytest.mark.parametrize("kind", ["location", "quick_reply"])
def test_results_keep_what_a_message_was(kind: str) -> None:
    built = flow(
        node("w", router=asks(result="r"), ways={"All": "x"}),
        node("x", says("@results.r.latitude @results.r.interactive.id")),
    )
    conversation = talk(built)
    msg = replace(conversation.message("", kind), payload={"latitude": 1.5, "id": "b1"})

    said = conversation.give(MsgReceived(msg))

    assert said == [
        "1.5 @results.r.interactive.id" if kind == "location" else "@results.r.latitude b1"
    ]


def test_a_router_without_a_way_fails_the_session() -> None:
    built = flow(node("a", router={"default_category_uuid": ""}, ways={"A": None}))

    assert talk(built).last.state.end_reason == "no_route"


# -- definitions


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
