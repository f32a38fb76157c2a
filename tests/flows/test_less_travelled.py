"""Ways of the language that few flows take: odd values, old definitions, empty and oversized parts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flows import FlowTrigger, compile_flow, start
from flows.blanks import filled
from flows.conversations import ScriptFault, assets_of, play, read_scripts
from flows.conversations.script import MAX_SCRIPTS
from flows.docs.stage import SURROUNDINGS, give
from flows.engine.turn import cause_of
from flows.events import MsgCreated
from flows.expressions.closures import cost
from flows.migrations import upgrade
from flows.simulator import Conversation
from flows.stimuli import EffectDone
from flows.trace import shown
from flows.values import Json
from tests.flows.build import asks, definition, flow, node, says
from tests.flows.goflow_habits import Talk
from tests.flows.shared import assets


def told(*actions: dict[str, Json], **more: Any) -> list[dict[str, Json]]:
    """The events of a flow of one node, without the ends of its run."""
    built = flow(node("a", *actions))
    conversation = Conversation(built, assets(built), **more)
    conversation.start()
    return [event.to_json() for event in conversation.events[2:-2]]


# -- expressions


@pytest.mark.parametrize(("expression", "text"), [
    ('join(array(1, "a", true), "-")', "1-a-true"),
    ('datetime_diff("2026-01-01", "2027-03-01", "Y")', "1"),
    ('datetime_diff("2026-01-01", "2027-03-01", "M")', "14"),
    ('"\\d is a digit"', "\\d is a digit"),
    ('word("a-b c", 1, "-")', "b c"),
    ("object()", "{}"),
    ("(() => 1)()", "1"),
    ('parse_time("10:20:30.5", "hh:mm:ss")', "10:20:30.500000"),
    ('has_number("no. 12,345.5 or 7").match', "12345.5"),
    ('date(datetime("2026-02-01T10:00:00Z"))', "2026-02-01"),
    ("if(null, 1, 2)", "2"),
])  # fmt: skip
def test_an_expression_gives(expression: str, text: str) -> None:
    assert give(expression) == text


@pytest.mark.parametrize(("expression", "trouble"), [
    ("date_from_parts(2026, 13, 1)", "invalid month 13"),
    ("date_from_parts(99999, 1, 1)", "year 99999 is out of range"),
    ('datetime_diff("2026-01-01", "2027-03-01", "X")',
     "unknown unit X, must be one of s, m, h, D, W, M, Y"),
    ('parse_datetime("2026-01-01", "YYYY-MM-DD", "Mars/Base")', "unknown time zone Mars/Base"),
    ("object(1)", "requires an even number of arguments"),
    ('join(5, ",")', "unable to convert number to an array"),
    ('field("a b", -1, " ")', "cannot use a negative index"),
    ('field("a", 0, "ab")', "the delimiter must be one character"),
    ('format_urn("nothing")', "nothing is not a valid URN"),
    ('date("2026-02-30T10:00:00Z")', 'unable to convert "2026-02-30T10:00:00Z" to a date'),
    ('if("no number" + 1, 1, 2)', 'unable to convert "no number" to a number'),
    ('format_time("10:00", "ZZZ")', "'ZZZ' is not valid in a date or time format"),
])  # fmt: skip
def test_an_expression_that_means_nothing_says_why(expression: str, trouble: str) -> None:
    assert give(expression).endswith(f": {trouble}")


def test_a_value_weighs_as_much_as_what_is_in_it() -> None:
    assert (cost(None), cost("x" * 1000) > 1, cost(["x" * 1000] * 9) > cost("x" * 1000)) == (
        cost(5),
        True,
        True,
    )


def test_a_trace_shows_the_default_of_what_has_one() -> None:
    assert shown({"__default__": "x", "a": 1}) == "x"
    assert shown([{"a": True}, None]) == [{"a": True}, None]


# -- actions


def test_labels_that_are_not_there_are_told_and_nothing_is_labelled() -> None:
    action = {"type": "add_input_labels", "labels": [{"uuid": "gone", "name": "Gone"}]}
    built = flow(node("w", router=asks(), ways={"All": "a"}), node("a", action))
    conversation = Conversation(built, assets(built))
    conversation.start()
    conversation.say("hi")

    types = [event.type for event in conversation.events]
    assert "error" in types
    assert "input_labels_added" not in types


@pytest.mark.parametrize("kind", ["link_google_sheet", "call_classifier", "set_contact_profile"])
def test_a_service_without_a_name_for_its_result_leaves_none(kind: str) -> None:
    action = {"type": kind, "input": "x", "action_type": "READ", "profile_type": "Switch Profile"}
    built = flow(
        node("a", action, router={}, ways={"Success": None, "Failure": "f"}),
        node("f", says("failed @results")),
    )
    env = SURROUNDINGS
    conversation = Conversation(built, assets(built), surroundings=env)

    assert conversation.start() == ["failed {}"]


def test_a_webhook_that_would_send_too_much_fails_without_a_call() -> None:
    call = {
        "type": "call_webhook",
        "method": "POST",
        "url": "https://x.example",
        "body": json.dumps(dict.fromkeys("abc", '@(repeat("x", 9999))')),
        "result_name": "answer",
    }
    built = flow(
        node("a", call, router={}, ways={"Success": None, "Failure": "f"}),
        node("f", says("@results.answer.category: @results.answer.input")),
    )
    conversation = Conversation(built, assets(built))

    (said,) = conversation.start()
    assert said.startswith("Failure: the body has 3")
    assert conversation.effects == []


def test_fields_of_another_session_are_shown_as_they_were_written() -> None:
    parent = {
        "contact": {"name": "Ravi"},
        "fields": {"village": "Rampur"},
        "results": {"rank": "1"},
    }
    built = flow(node("a", says("@parent.fields.village @parent.results.rank")))
    conversation = Conversation(built, assets(built))
    sprint = start(
        conversation.assets,
        conversation.contact,
        FlowTrigger(built.uuid, parent),
        conversation.surroundings,
    )

    assert [e.text for e in sprint.events if isinstance(e, MsgCreated)] == ["Rampur 1"]


def test_a_trace_holds_what_a_service_brought_when_it_brought_no_text() -> None:
    done = EffectDone("t", "e", ok=True, data={"row": 1})

    assert cause_of(done)["body"] == '{"row": 1}'


def test_a_message_to_others_has_marks_for_its_reader_that_nobody_can_have_typed() -> None:
    def broadcast(text: str, **more: Any) -> dict[str, Any]:
        action = {"type": "send_broadcast", "text": text, "contacts": [{"uuid": "r"}]}
        (event,) = [one for one in told(action, **more) if one["type"] == "broadcast_created"]
        return event

    event = broadcast("@staff.name (@staff.fields.age_group) about @contact.name", seed=1)
    other = broadcast("@staff.name", seed=2)

    assert set(event["blanks"].values()) == {"name", "fields.age_group"}
    assert not set(event["blanks"]) & set(other["blanks"])
    values = {"name": "Ravi @contact.phone", "phone": "1"}
    assert filled(event["text"], event["blanks"], values) == "Ravi @contact.phone () about Asha"
    assert broadcast("no @contact.phone")["blanks"] == {}


def test_staff_are_nobody_outside_of_a_message_to_them() -> None:
    plain = flow(node("a", says("@staff.name")))
    assert Conversation(plain, assets(plain)).start() == ["@staff.name"]
    broadcast = {"type": "send_broadcast", "text": "@staff.name", "contacts": [{"uuid": "r"}]}
    events = Talk(flow(node("a", broadcast))).start()
    (event,) = [one for one in events if one["type"] == "broadcast_created"]
    assert event["translations"] == {"und": {"text": ""}}


def test_a_webhook_without_an_address_fails_in_the_other_dialect_too() -> None:
    call = {"type": "call_webhook", "method": "GET", "url": '@("")', "result_name": "r"}

    errors = [event for event in Talk(flow(node("a", call))).start() if event["type"] == "error"]
    assert [event["text"] for event in errors] == ["the webhook's address is empty"]


# -- flow tests


def test_a_document_holds_a_bounded_number_of_conversations() -> None:
    text = "\n".join(f"# {n}\n> hi" for n in range(MAX_SCRIPTS + 1))

    with pytest.raises(ScriptFault, match="more than 50 conversations"):
        read_scripts(text)


def test_a_global_may_be_set_and_an_answer_waits_for_its_own_call() -> None:
    def call(url: str) -> dict[str, Json]:
        return {"type": "call_webhook", "method": "GET", "url": url, "result_name": "r"}

    built = flow(
        node("a", call("@globals.host/one"), to="b"),
        node("b", call("@globals.host/two"), to="c"),
        node("c", says("@results.r.n")),
    )
    (script,) = read_scripts(
        "global host https://x.example\n"
        'webhook GET https://x.example/two -> 200 {"n": 2}\n'
        'webhook GET https://x.example/one -> 200 {"n": 1}\n'
        "> hello\n< 2\nends completed"
    )

    report = play(script, built, assets_of([built]))
    assert report.passed, report


# -- older definitions


def test_old_definitions_that_are_half_written_are_read_as_far_as_they_go() -> None:
    action = {
        "uuid": "a1",
        "type": "send_msg",
        "text": "@webhook",
        "quick_replies": [{"text": "@webhook"}, 5],
        "templating": {"uuid": "t1", "template": {"uuid": "x"}, "variables": None},
    }
    ticket = {"uuid": "a2", "type": "open_ticket", "result_name": "T"}
    router: dict[str, Json] = {"operand": "@results.t", "cases": []}
    old = definition(
        node("n", action),
        node("o", ticket, router=router, ways={"S": None}),
        spec_version="13.1.0",
        localization={"fra": {"a1": {"text": "x", "quick_replies": ["@webhook"]}, "t1": "odd"}},
    )

    new: Any = upgrade(old)

    sent = new["nodes"][0]["actions"][0]
    assert (sent["text"], sent["quick_replies"][1]) == ("@webhook.json", 5)
    assert new["localization"]["fra"]["a1"]["quick_replies"] == ["@webhook.json"]
    assert new["nodes"][1]["router"]["operand"] == "@results.t"


def test_names_that_are_too_long_are_cut_and_found_again() -> None:
    long = "A very long name of a result that goes on and on and beyond sixty four"
    key = long.lower().replace(" ", "_")
    result = {
        "uuid": "r",
        "type": "set_run_result",
        "name": long,
        "value": "1",
        "category": "c" * 40,
    }
    router: dict[str, Json] = {"operand": f"@results.{key}", "result_name": long}
    old = definition(
        node("n", result, to="o"),
        node("o", says(f"@results.{key}"), router=router, ways={"x" * 40: None}),
        spec_version="13.5.0",
    )

    new: Any = upgrade(old, to=(13, 6, 1))

    cut = new["nodes"][0]["actions"][0]
    assert (len(cut["name"]), len(cut["category"])) == (64, 36)
    built = compile_flow(new, revision_id="1")
    assert Conversation(built, assets(built)).start() == ["1"]
