"""A trace says what a sprint did and why, changes nothing, and stays small."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flows import Environment
from flows.simulator import Conversation
from flows.trace import MAX_ENTRIES, MAX_MESSAGE_CHARS, MAX_TEXT_CHARS
from flows.trace_text import told
from flows.values import Json
from tests.flows.build import asks, flow, node, says
from tests.flows.shared import assets

CALL = {
    "type": "call_webhook",
    "method": "POST",
    "url": "https://ngo.example/@results.choice",
    "headers": {"Authorization": "Bearer @globals.token"},
    "body": "{}",
    "result_name": "score",
}


class Traced(Conversation):
    """A conversation whose sprints say how they came about."""

    def environment(self) -> Environment:
        return replace(super().environment(), tracing=True)


def entries(conversation: Conversation, *without: str) -> list[dict[str, Json]]:
    """The last sprint's trace, without the entries of some kinds."""
    told = [entry.to_json() for entry in conversation.last.trace]
    return [entry for entry in told if entry["kind"] not in without]


def menu(*more: dict[str, Json], **options: Any) -> Conversation:
    router = asks(
        ("has_number", [], "Number"), ("has_any_word", ["yes @(1 + 1)"], "Yes"), result="choice"
    )
    built = flow(
        node("ask", says("Yes, @contact.name?"), to="wait"),
        node("wait", router=router, ways={"Number": None, "Yes": "end", "Other": "ask"}),
        node("end", *more, says("You said @results.choice")),
    )
    return Traced(built, assets(built, global_values={"token": "hush"}), **options)


def test_a_turn_says_what_was_tried_and_which_way_was_taken() -> None:
    conversation = menu()
    conversation.start()
    conversation.say("Yes please")

    assert [told(entry) for entry in entries(conversation)] == [
        'the person wrote "Yes please"',
        'takes the message "Yes please"',
        '@input.text = "Yes please"',
        'has_number() of "Yes please"? no',
        '@(1 + 1) = "2"',
        'has_any_word("yes 2") of "Yes please"? yes, "Yes"',
        "goes to Yes: has_any_word holds",
        'result choice = "Yes" [Yes]',
        "leaves to node …end",
        "node …end",
        "action send_msg",
        '@results.choice = "Yes"',
        'says "You said Yes"',
        "goes on: the node has no router",
        "leaves; nothing follows",
        "the flow ends: completed",
        "the session has ended: completed",
    ]


def test_entries_are_plain_data_with_their_place() -> None:
    conversation = menu()
    conversation.start()
    conversation.say("Yes please")

    place = {"flow_uuid": "flow", "node_uuid": "wait"}
    kinds = ("turn", "expression", "case", "route")
    told = [entry for entry in entries(conversation) if entry["kind"] in kinds]
    assert told[:4] == [
        {"kind": "turn", **place, "cause": "message", "text": "Yes please"},
        {"kind": "expression", **place, "source": "@input.text", "value": "Yes please"},
        {
            "kind": "case",
            **place,
            "type": "has_number",
            "operand": "Yes please",
            "arguments": [],
            "match": None,
        },
        {"kind": "expression", **place, "source": "@(1 + 1)", "value": "2"},
    ]


def test_a_call_is_told_with_its_time_and_its_headers_are_marked_as_secret() -> None:
    conversation = menu(CALL, webhook=lambda effect: (200, {"points": 3}))
    conversation.start()
    conversation.say("yes")

    turn, *_ = entries(conversation)
    assert turn == {
        "kind": "turn",
        "flow_uuid": "flow",
        "node_uuid": "end",
        "cause": "answer",
        "ok": True,
        "status": 200,
        "elapsed_ms": 0,
        "body": '{"points": 3}',
    }
    told = [e for e in entries(conversation) if e["kind"] == "webhook_called"]
    assert [(e["url"], e["status_code"], e["elapsed_ms"]) for e in told] == [
        ("https://ngo.example/yes", 200, 0)
    ]


def test_what_goes_into_a_header_is_marked_and_the_call_shows_no_headers() -> None:
    conversation = menu(CALL, webhook=lambda effect: (0, ""))
    seen: list[dict[str, Json]] = []
    take = conversation._take

    def keep(sprint: Any) -> Any:
        seen.extend(entry.to_json() for entry in sprint.trace)
        return take(sprint)

    conversation._take = keep  # type: ignore[method-assign]  # every sprint passes here
    conversation.start()
    conversation.say("yes")

    secrets = [entry for entry in seen if entry.get("is_secret")]
    assert [(entry["source"], entry["value"]) for entry in secrets] == [("@globals.token", "hush")]
    (call,) = [entry for entry in seen if entry["kind"] == "call"]
    assert call["url"] == "https://ngo.example/yes"
    assert "headers" not in call


def test_a_trace_changes_nothing() -> None:
    def play(kind: type[Conversation]) -> Any:
        traced = menu(CALL)
        conversation = kind(traced.flow, traced.assets, webhook=lambda effect: (200, {"a": 1}))
        conversation.start()
        conversation.say("what?")
        conversation.say("yes")
        return [event.to_json() for event in conversation.events], conversation.last.state

    assert play(Traced) == play(Conversation)


def test_without_being_asked_for_there_is_no_trace() -> None:
    conversation = Conversation(menu().flow)
    conversation.start()

    assert conversation.last.trace == ()


def test_a_trace_is_bounded_in_entries_and_in_the_length_of_its_texts() -> None:
    long = says('@(repeat("x", 9000))')
    router = asks(*(("has_any_word", [f"w{at}"], "One") for at in range(100)))
    built = flow(
        node("a", long, to="w"),
        *(
            node(f"n{at}", router=router | {"wait": None}, ways={"One": None, "All": f"n{at + 1}"})
            for at in range(8)
        ),
        node("n8"),
        node("w", router=asks(), ways={"All": "n0"}),
    )
    conversation = Traced(built, assets(built))
    conversation.start()
    values = {entry["kind"]: entry for entry in entries(conversation)}
    assert len(values["expression"]["value"]) == MAX_TEXT_CHARS
    assert len(values["msg_created"]["text"]) == MAX_MESSAGE_CHARS

    conversation.say("go")

    told = conversation.last.trace
    assert (len(told), told[-1].kind) == (MAX_ENTRIES + 1, "cut")
    assert told[-1].data["left_out"] > 400


def test_large_values_show_their_first_members() -> None:
    built = flow(node("a", says('@(count(split(repeat("a ", 100), " ")))'), to="b"), node("b"))
    more = flow(node("a", says('@(split(repeat("a ", 100), " "))')))
    one, two = Traced(built, assets(built)), Traced(more, assets(more))
    one.start()
    two.start()

    (number,) = [e for e in entries(one) if e["kind"] == "expression"]
    (array,) = [e for e in entries(two) if e["kind"] == "expression"]
    assert (number["value"], array["value"]) == ("100", ["a"] * 20)
