"""Actions that ask the host for something: mail, classifiers, sheets, profiles."""

from __future__ import annotations

from typing import Any

import pytest

from flows import EffectDone, FlowError
from flows.simulator import Conversation
from flows.values import Json
from tests.flows.build import flow, node, says
from tests.flows.goflow_habits import Talk
from tests.flows.shared import assets

WAYS: dict[str, str | None] = {"Success": "s", "Failure": "f"}


def talk(action: dict[str, Json], said: str = "ok", **settings: Any) -> Talk:
    built = flow(
        node("a", action, router={"operand": "x"}, ways=WAYS),
        node("s", says(said)),
        node("f", says("failed @results.r.category")),
    )
    habits = {"dialect": "glific", **settings}
    return Talk(built, settings={"env": habits})


def answer(conversation: Talk, **done: Any) -> list[dict[str, Json]]:
    sprint = conversation.sprint
    assert sprint is not None and sprint.wait is not None
    effect = sprint.effects[0]
    return conversation.give(EffectDone(sprint.wait.token, effect.uuid, **done))


def effect_of(conversation: Talk) -> dict[str, Json]:
    assert conversation.sprint is not None
    shown = conversation.sprint.effects[0].to_json()
    own = ("uuid", "run_uuid", "flow_uuid", "node_uuid", "action_uuid", "timeout_s")
    return {key: value for key, value in shown.items() if key not in own}


def texts(told: list[dict[str, Json]]) -> list[Json]:
    return [event["text"] for event in told if event["type"] == "msg_created"]


MAIL = {
    "type": "send_email",
    "addresses": ["mailto:bob@ngo.example", '@("")'],
    "subject": "About\n@contact",
    "body": "Hello",
}


def test_a_mail_is_sent_to_those_addresses_that_are_not_empty() -> None:
    conversation = talk(MAIL)

    assert conversation.start() == [
        {"type": "error", "text": "an empty address is left out"},
    ]
    assert effect_of(conversation) == {
        "type": "send_email",
        "to": ["bob@ngo.example"],
        "subject": "About Asha",
        "body": "Hello",
    }
    told = answer(conversation, ok=True)
    assert told[0] == {
        "type": "email_sent",
        "to": ["bob@ngo.example"],
        "subject": "About Asha",
        "body": "Hello",
    }
    assert texts(told) == ["ok"]


def test_a_mail_that_could_not_be_sent_goes_to_failure() -> None:
    conversation = talk(MAIL)
    conversation.start()

    told = answer(conversation, ok=False, error="no such host")

    assert told[0] == {"type": "error", "text": "no such host"}
    assert texts(told) == ["failed @results.r.category"]


@pytest.mark.parametrize("part", ["subject", "body", "addresses"])
def test_a_mail_without_a_part_is_not_sent(part: str) -> None:
    conversation = talk({**MAIL, part: [] if part == "addresses" else '@("")'})
    conversation.start()

    assert conversation.sprint is not None
    assert conversation.sprint.effects == ()


CLASSIFY = {
    "type": "call_classifier",
    "classifier": {"uuid": "c", "name": "Booking"},
    "input": "@contact.name",
    "result_name": "r",
}


def test_a_classifier_tells_what_is_meant() -> None:
    built = flow(
        node(
            "a",
            CLASSIFY,
            router={
                "operand": "@results.r",
                "cases": [("has_intent", ["book", "0.5"], "Book"), ("has_top_intent", ["x", "0"], "X")],
            },
            ways={"Book": "s", "X": None, "Failure": "f"},
        ),
        node("s", says("booked @results.r.extra.entities.city")),
        node("f", says("failed")),
    )  # fmt: skip
    conversation = Talk(built, settings={"env": {"dialect": "glific"}})
    conversation.start()
    assert effect_of(conversation)["input"] == "Asha"

    intents = [{"name": "other", "confidence": 0.9}, {"name": "book", "confidence": 0.6}]
    told = answer(conversation, ok=True, data={"intents": intents, "entities": {"city": "Kigali"}})

    assert (told[0]["type"], told[0]["status"]) == ("classifier_called", "success")
    assert texts(told) == ["booked Kigali"]


def test_a_classifier_without_answer_or_text_fails_or_is_skipped() -> None:
    failing, empty = talk(CLASSIFY), talk({**CLASSIFY, "input": '@("")'})
    failing.start()

    assert texts(answer(failing, ok=False)) == ["failed Failure"]
    assert [event.get("category") for event in empty.start()] == [None, "Skipped", None]


SHEET = {
    "type": "link_google_sheet",
    "sheet_id": "3",
    "url": "https://docs.example/s",
    "name": "Prices",
    "action_type": "READ",
    "row": "@contact.name",
    "result_name": "r",
}


def test_a_row_of_a_sheet_becomes_a_result() -> None:
    conversation = talk(SHEET, "costs @results.r.price (@results.r.category)")
    conversation.start()
    assert effect_of(conversation)["key"] == "Asha"

    told = answer(conversation, ok=True, data={"price": "12", "category": "fruit"})

    assert told[0]["status"] == "success"
    assert texts(told) == ["costs 12 (fruit)"]


def test_a_row_that_is_not_there_is_a_failure() -> None:
    conversation = talk(SHEET)
    conversation.start()

    assert texts(answer(conversation, ok=True, data=None)) == ["failed Failure"]


def test_a_row_is_written_cell_by_cell() -> None:
    write = {**SHEET, "action_type": "WRITE", "row_data": ["@contact", "x"], "range": "A!A1:B1"}
    conversation = talk(write)
    conversation.start()

    shown = effect_of(conversation)
    assert (shown["type"], shown["row"], shown["range"]) == (
        "write_sheet",
        ["Asha", "x"],
        "A!A1:B1",
    )
    assert texts(answer(conversation, ok=True)) == ["ok"]


@pytest.mark.parametrize(
    ("kind", "value", "asked"),
    [
        ("Switch Profile", "@contact.name", ("switch", "Asha", "")),
        ("Create Profile", {"name": "@contact.name", "type": "child"}, ("create", "Asha", "child")),
        ("Deactivate Profile", "1", ("deactivate", "1", "")),
    ],
)
def test_a_profile_is_changed_by_the_host(kind: str, value: Json, asked: tuple[str, ...]) -> None:
    action = {
        "type": "set_contact_profile",
        "profile_type": kind,
        "value": value,
        "result_name": "r",
    }
    conversation = talk(action, "now @results.r.input")
    conversation.start()

    shown = effect_of(conversation)
    assert (shown["change"], shown["value"], shown["kind"]) == asked
    assert texts(answer(conversation, ok=True, data={"name": "Ravi"})) == ["now Ravi"]


def test_a_profile_that_cannot_be_changed_is_a_failure() -> None:
    conversation = talk(
        {"type": "set_contact_profile", "profile_type": "Switch", "result_name": "r"}
    )
    conversation.start()

    assert texts(answer(conversation, ok=False)) == ["failed Failure"]


def test_what_the_host_does_not_carry_out_fails_at_once() -> None:
    told = talk(SHEET, effects=frozenset({"call_webhook"})).start()

    assert told[0]["code"] == "action:unsupported"
    assert texts(told) == ["failed Failure"]


def test_no_answer_in_time_is_a_failure() -> None:
    conversation = talk(SHEET)
    conversation.start()
    sprint = conversation.sprint
    assert sprint is not None and sprint.wait is not None

    assert texts(conversation.give(sprint.wait.on_timeout())) == ["failed Failure"]


def test_the_simulator_answers_every_effect() -> None:
    built = flow(node("a", SHEET, router={}, ways=WAYS), node("s", says("@results.r.x")), node("f"))
    conversation = Conversation(built, assets(built), webhook=lambda effect: (200, {"x": 1}))

    assert conversation.start() == ["1"]
    assert issubclass(FlowError, Exception)
