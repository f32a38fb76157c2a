"""Actions by goflow's habits: channels, tickets, URNs, locals, groups that follow the contact."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flows import ManualTrigger
from flows.contact import Ticket
from flows.values import Json
from tests.flows.build import flow, node, says
from tests.flows.goflow_habits import ASHA, FOLK, MEN, Talk


def run(*actions: dict[str, Json], **more: Any) -> list[dict[str, Json]]:
    return Talk(flow(node("a", *actions), language="eng"), **more).hear()


def error(code: str, text: str, **extra: str) -> dict[str, Json]:
    told: dict[str, Json] = {"type": "error", "text": text, "code": code, "extra": extra}
    return {key: value for key, value in told.items() if value}


def group(ref: Any) -> dict[str, Json]:
    return {"uuid": ref.uuid, "id": "", "name": ref.name, "query": ref.query}


# -- URNs and channels


def urn(path: str, scheme: str = "tel") -> dict[str, Json]:
    return {"type": "add_contact_urn", "scheme": scheme, "path": path}


HELD = list(ASHA.urns)


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (
            urn("(206) 555-9999"),
            [{"type": "contact_urns_changed", "urns": [*HELD, "tel:+12065559999"]}],
        ),
        (urn("+12065551212"), []),
        (urn("12345", "telegram"), [{"type": "contact_urns_changed", "urns": [*HELD, "telegram:12345"]}]),
        (urn('@("")'), [error("", "a URN without a path is not added")]),
        (urn("abc", "telegram"), [error("urn:invalid", "'telegram:abc' is not a valid URN", urn="telegram:abc")]),
        (
            urn("+12065550001"),
            [error("urn:taken", "the URN tel:+12065550001 belongs to another contact", urn="tel:+12065550001")],
        ),
    ],
)  # fmt: skip
def test_a_urn_is_added_once_if_it_is_one_and_free(
    action: dict[str, Json], told: list[dict[str, Json]]
) -> None:
    settings = {"env": {"is_urn_taken": lambda identity: identity == "tel:+12065550001"}}

    assert run(action, settings=settings) == told


def test_a_urn_with_an_expression_that_fails_is_not_added() -> None:
    assert [event["code"] for event in run(urn("@(1 / 0)"))] == ["expression"]


@pytest.mark.parametrize(
    ("channel", "urns"),
    [
        ({"uuid": "other-uuid"}, ["tel:+12065551212?channel=other-uuid", "facebook:1234#asha"]),
        ({"uuid": "page-uuid"}, ["facebook:1234?channel=page-uuid#asha", "tel:+12065551212?channel=phone-uuid"]),
        (None, ["tel:+12065551212", "facebook:1234#asha"]),
    ],
)  # fmt: skip
def test_the_channel_that_is_preferred_comes_first(channel: Json, urns: list[str]) -> None:
    assert run({"type": "set_contact_channel", "channel": channel}) == [
        {"type": "contact_urns_changed", "urns": urns}
    ]


def test_a_channel_that_cannot_send_or_is_not_there_is_not_preferred() -> None:
    assert run(
        {"type": "set_contact_channel", "channel": {"uuid": "phone-uuid"}},
        {"type": "set_contact_channel", "channel": {"uuid": "deaf-uuid"}},
        {"type": "set_contact_channel", "channel": {"uuid": "x", "name": "Gone"}},
    ) == [
        {"type": "contact_urns_changed", "urns": ["tel:+12065551212?channel=phone-uuid", "facebook:1234#asha"]},
        error("", "nothing can be sent by the channel 'Deaf'"),
        error("dependency:missing", "missing channel 'Gone'", type="channel", identity="x"),
    ][1:]  # fmt: skip


# -- locals


def test_a_local_is_set_counted_and_cleared() -> None:
    def local(value: str, operation: str, name: str = "n") -> dict[str, Json]:
        return {"type": "set_run_local", "local": name, "value": value, "operation": operation}

    told = run(
        local("2", "increment"),
        local("@(locals.n * 2)", "increment"),
        says("@locals.n"),
        local("x", "increment"),
        local("@(1 / 0)", "set"),
        local("word", "set", "w"),
        local("3", "increment", "w"),
        says("@locals.w"),
        local("", "clear"),
        says("[@locals.n]"),
    )

    assert [event.get("text") for event in told if event["type"] == "msg_created"] == [
        "6",
        "3",
        "[]",
    ]
    assert [event["code"] for event in told if "code" in event] == ["expression", "expression"]


# -- groups


def test_groups_follow_the_contact_and_cannot_be_joined_by_hand() -> None:
    change = {"type": "set_contact_field", "field": {"key": "gender"}, "value": "f"}
    back = {"type": "set_contact_field", "field": {"key": "gender"}, "value": "m"}
    join = {
        "type": "add_contact_groups",
        "groups": [{"uuid": "men-uuid"}, {"name_match": "@(1/0)"}],
    }
    leave = {"type": "remove_contact_groups", "groups": [{"uuid": "men-uuid"}, {"uuid": "gone"}]}
    every = {"type": "remove_contact_groups", "all_groups": True}
    named = {"type": "add_contact_groups", "groups": [{"name_match": "@contact.name"}]}

    told = run(change, join, back, leave, every, named)

    assert [event for event in told if event["type"] == "contact_groups_changed"] == [
        {"type": "contact_groups_changed", "removed": [group(MEN)]},
        {"type": "contact_groups_changed", "added": [group(MEN)]},
        {"type": "contact_groups_changed", "removed": [group(FOLK)]},
    ]
    assert [event for event in told if event["type"] == "error" and "evaluating" not in event["text"]] == [
        error("", "contacts cannot be added to the smart group 'Men'"),
        error("dependency:missing", "missing group 'gone'", type="group", identity="gone"),
        error("", "contacts cannot be removed from the smart group 'Men'"),
        error("group:missing", "there is no group with the name 'Asha'", name="Asha"),
    ]  # fmt: skip


def test_a_contact_who_is_not_active_is_in_no_group_and_gets_no_message() -> None:
    join = {"type": "add_contact_groups", "groups": [{"uuid": "folk-uuid"}]}

    told = run({"type": "set_contact_status", "status": "blocked"}, join, says("hi"))

    assert told[:3] == [
        {"type": "contact_status_changed", "status": "blocked"},
        {"type": "contact_groups_changed", "removed": [group(MEN), group(FOLK)]},
        error("", "a contact who is not active is in no group"),
    ]
    assert told[3]["unsendable_reason"] == "contact_blocked"


# -- fields


@pytest.mark.parametrize(
    ("key", "value", "parsed"),
    [
        ("gender", "27", {"number": "27"}),
        ("age", "27.50 ", {"number": "27.5"}),
        ("born", "2001-02-03T04:05:06Z", {"datetime": "2001-02-03T04:05:06.000000Z"}),
        ("state", "I live in kigali", {"state": "Rwanda > Kigali City"}),
        ("district", "Gasabo", {}),
        (
            "district",
            "rwanda > Kigali City >Gasabo",
            {"state": "Rwanda > Kigali City", "district": "Rwanda > Kigali City > Gasabo"},
        ),
    ],
)
def test_a_field_is_understood_as_what_it_can_be(
    key: str, value: str, parsed: dict[str, str]
) -> None:
    told = run({"type": "set_contact_field", "field": {"key": key}, "value": value})

    assert told[0]["value"]["parsed"] == parsed


def test_a_district_is_looked_for_in_the_state_that_the_contact_has() -> None:
    told = run(
        {"type": "set_contact_field", "field": {"key": "state"}, "value": "Kigali City"},
        {"type": "set_contact_field", "field": {"key": "district"}, "value": "gasabo"},
        says("@fields.district @contact.fields.state"),
    )

    assert told[1]["value"]["parsed"]["district"] == "Rwanda > Kigali City > Gasabo"


def test_fields_have_the_type_that_they_were_madereplace() -> None:
    told = run(
        {"type": "set_contact_field", "field": {"key": "age"}, "value": "27"},
        {"type": "set_contact_field", "field": {"key": "born"}, "value": "2001-02-03T04:05:06Z"},
        says("@(fields.age + 1) @(format_datetime(fields.born, \"YYYY\")) @fields.state|@fields"),
        {"type": "set_contact_field", "field": {"key": "age"}, "value": "old"},
        says("@(is_error(fields.age + 1))"),
        {"type": "set_contact_field", "field": {"key": "gone", "name": "Gone"}, "value": "x"},
    )  # fmt: skip

    texts = [event["text"] for event in told if event["type"] == "msg_created"]
    assert texts[0].startswith("28 2001 |Gender: m\nAge: 27")
    assert texts[1] == "true"
    assert (told[-1]["code"], told[-1]["extra"]["identity"]) == ("dependency:missing", "gone")


# -- language, name, labels


def test_a_language_is_a_code_and_may_be_cleared() -> None:
    told = run(*({"type": "set_contact_language", "language": text} for text in ("xx", "fra", "")))

    assert told == [
        error("language:invalid", "unknown language 'xx'"),
        {"type": "contact_language_changed", "language": "fra"},
        {"type": "contact_language_changed"},
    ]


def test_labels_need_a_message() -> None:
    action = {"type": "add_input_labels", "labels": [{"uuid": "label-uuid"}]}
    built = flow(node("a", action))

    assert Talk(built).start() == [error("", "there is no message to put labels on")]
    assert Talk(built).hear() == [
        {"type": "input_labels_added", "input_uuid": "m", "labels": [{"uuid": "label-uuid", "name": "Spam"}]}
    ]  # fmt: skip


# -- tickets


def ticket(**more: Json) -> dict[str, Json]:
    return {"type": "open_ticket", "topic": None, **more}


def test_a_ticket_has_a_topic_an_assignee_and_a_note() -> None:
    action = ticket(
        topic={"uuid": "topic-uuid"},
        assignee={"email": "@(lower(\"BOB\"))@@ngo.example"},
        note="Said: @input.text",
        result_name="ticket",
    )  # fmt: skip
    told = run(action, says("@ticket.topic.name @ticket.assignee.name @contact.tickets"))

    uuid = told[0]["ticket_uuid"]
    assert told[0] == {
        "type": "ticket_opened",
        "ticket_uuid": uuid,
        "topic": ["topic-uuid", "Weather"],
        "assignee": ["bob-uuid", "Bob"],
    }
    assert told[1] == {"type": "ticket_note_added", "ticket_uuid": uuid, "note": "Said: hi"}
    assert (told[2]["value"], told[2]["category"]) == (uuid, "Success")
    assert told[3]["text"] == "Weather Bob 1"


@pytest.mark.parametrize(
    ("action", "codes"),
    [
        (ticket(topic={"uuid": "x", "name": "Gone"}), ["dependency:missing"]),
        (ticket(assignee={"email": "eve@ngo.example"}), ["user:missing", None]),
        (ticket(assignee={"email": "@(1 / 0)"}), ["expression", None]),
        (ticket(assignee={"uuid": "eve-uuid"}), ["dependency:missing", None]),
        (ticket(assignee={"uuid": "bob-uuid"}), [None]),
    ],
)
def test_a_ticket_is_opened_without_an_assignee_but_not_without_its_topic(
    action: dict[str, Json], codes: list[str | None]
) -> None:
    assert [event.get("code") for event in run(action)] == codes


def test_a_contact_has_one_open_ticket_and_batches_open_none() -> None:
    talk = Talk(flow(node("a", ticket())), ASHA)

    first = talk.start(ManualTrigger("flow", batch=True))
    held = Ticket("t", ("topic-uuid", "Weather"))
    second = Talk(flow(node("a", ticket())), replace(ASHA, tickets=(held,))).start()
    closed = Ticket("t", ("topic-uuid", "Weather"), None, "closed")
    third = Talk(flow(node("a", ticket())), replace(ASHA, tickets=(closed,))).start()

    assert first == [
        error("", "no tickets are opened in sessions that were started with many others")
    ]
    assert second == []
    assert [event["topic"] for event in third] == [["general-uuid", "General"]]


def test_glific_names_topics_and_numbers_users() -> None:
    action = {
        "type": "open_ticket",
        "topic": {"uuid": "12", "name": "Help"},
        "assignee": {"uuid": "5", "name": "Ravi"},
        "body": "Please",
        "subject": "S",
    }
    settings = {"env": {"dialect": "glific"}}
    told = Talk(flow(node("a", action)), settings=settings).start()

    assert (told[0]["topic"], told[0]["assignee"], told[0]["subject"]) == (
        ["", "Help"],
        ["5", "Ravi"],
        "S",
    )
    assert told[1]["note"] == "Please"
