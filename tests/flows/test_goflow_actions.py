"""Actions by goflow's habits: channels, tickets, URNs, locals, groups that follow the contact."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flows import EffectDone, KeywordTrigger, ManualTrigger, Msg, SessionState
from flows.contact import Ticket
from flows.values import Json
from tests.flows.build import flow, node, says
from tests.flows.goflow_habits import ASHA, FOLK, MEN, Talk, environment


def run(*actions: dict[str, Json], **more: Any) -> list[dict[str, Json]]:
    return Talk(flow(node("a", *actions), language="eng"), **more).hear()


def error(code: str, text: str, **extra: str) -> dict[str, Json]:
    told: dict[str, Json] = {"type": "error", "text": text, "code": code, "extra": extra}
    return {key: value for key, value in told.items() if value}


def group(ref: Any) -> dict[str, Json]:
    shown = {"uuid": ref.uuid, "id": "", "name": ref.name, "query": ref.query}
    return shown


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
    assert told[-1] == error("dependency:missing", "missing field 'Gone'", type="field", identity="gone")  # fmt: skip


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


# -- sub-flows and other sessions


def test_a_flow_of_another_type_is_not_entered() -> None:
    voice = flow(node("v", says("hello")), uuid="voice", type="voice")
    built = flow(node("a", {"type": "enter_flow", "flow": {"uuid": "voice"}}))

    assert Talk(built, more=(voice,)).start() == [
        {
            "type": "failure",
            "code": "flow_type",
            "text": "can't enter flow 'Voice' of type voice from type messaging",
        }
    ]


def session(**more: Json) -> dict[str, Json]:
    return {"type": "start_session", "flow": {"uuid": "flow", "name": "Flow"}, **more}


def test_a_session_is_started_for_all_who_are_meant() -> None:
    asked = session(
        contacts=[{"uuid": "c1"}],
        groups=[{"uuid": "folk-uuid"}],
        contact_query='name = @contact.name OR x = @("a\\"b") OR y = @(1 / 0)',
        urns=["tel:+12065550002"],
        legacy_vars=[
            "2065550003",
            "facebook:77",
            "Folk",
            "ba96bf7f-bc2a-4873-a7c7-254d1927c4e3",
            "@(\"\")",
        ],
        exclusions={"in_a_flow": True},
    )  # fmt: skip
    problem, event = run(asked)

    assert problem["code"] == "expression"
    assert event["contacts"] == ["c1", "ba96bf7f-bc2a-4873-a7c7-254d1927c4e3"]
    assert event["groups"] == ["folk-uuid"]
    assert event["contact_query"] == 'name = "Asha" OR x = "a\\"b" OR y = ""'
    assert event["urns"] == ["tel:+12065550002", "tel:+12065550003", "facebook:77"]
    assert event["history"]["ancestors"] == 1
    assert event["history"]["ancestors_since_input"] == 0


def test_sessions_that_are_many_start_no_groups_and_missing_flows_nobody() -> None:
    batch = ManualTrigger("flow", batch=True)
    many = Talk(flow(node("a", session(groups=[{"uuid": "folk-uuid"}])))).start(batch)
    gone = run({"type": "start_session", "flow": {"uuid": "x"}, "contacts": [{"uuid": "c"}]})
    none = run(session())

    assert many == [
        error("", "a session that was started with others may start no groups or queries")
    ]
    assert gone == [error("dependency:missing", "missing flow 'x'", type="flow", identity="x")]
    assert none == []  # fmt: skip


def test_a_broadcast_has_every_language_of_the_flow() -> None:
    action = {
        "uuid": "b",
        "type": "send_broadcast",
        "text": "Hi @contact.name",
        "quick_replies": ["Yes<extra>all", "No"],
        "attachments": ["image:https://x.example/@contact.name"],
        "groups": [{"uuid": "folk-uuid"}],
        "template": {"uuid": "t", "name": "hello"},
        "template_variables": ["@contact.name"],
    }
    built = flow(
        node("a", action), language="eng", localization={"spa": {"b": {"text": ["Hola @contact"]}}}
    )
    (event,) = Talk(built).start()

    common = {
        "attachments": ["image:https://x.example/Asha"],
        "quick_replies": [
            {"type": "text", "text": "Yes", "extra": "all"},
            {"type": "text", "text": "No"},
        ],
    }
    assert event["translations"] == {
        "eng": {"text": "Hi Asha", **common},
        "spa": {"text": "Hola Asha", **common},
    }
    assert (event["base_language"], event["groups"]) == ("eng", ["folk-uuid"])
    assert event["template"] == {"uuid": "t", "name": "hello", "variables": ["Asha"]}


# -- webhooks


def webhook(**more: Json) -> dict[str, Json]:
    return {"type": "call_webhook", "method": "POST", "url": "https://ngo.example/x", **more}


@pytest.mark.parametrize(
    ("url", "code"),
    [("@(\"\")", None), ("ftp://x", "url:invalid"), ("http://[x", "url:invalid"),
     ("https://api.blocked.example/", "url:blocked")],
)  # fmt: skip
def test_an_address_that_may_not_be_called_is_told(url: str, code: str | None) -> None:
    talk = Talk(flow(node("a", webhook(url=url), says("[@webhook]"))))
    told = talk.start()

    assert [event.get("code") for event in told] == [code, None]
    assert told[1]["text"] == "[]"
    assert talk.sprint is not None and talk.sprint.effects == ()


def test_a_body_is_sent_as_it_stands_and_the_answer_is_extra() -> None:
    talk = Talk(
        flow(node("a", webhook(body="Hi @contact", result_name="Call"), says("@webhook.json.ok @results.call.extra.ok")))
    )  # fmt: skip
    talk.start()
    sprint = talk.sprint
    assert sprint is not None and sprint.wait is not None
    effect: Any = sprint.effects[0]

    told = talk.give(EffectDone(sprint.wait.token, effect.uuid, True, 200, '{"ok": 1}'))

    assert (effect.body, effect.is_raw) == ("Hi Asha", True)
    assert told[1]["result"]["input"] == "POST https://ngo.example/x"
    assert (told[1]["value"], told[1]["category"], told[1]["result"]["extra"]) == ("200", "Success", {"ok": 1})  # fmt: skip
    assert told[2]["text"] == "1 1"


def test_an_answer_that_is_too_long_is_a_failure() -> None:
    talk = Talk(flow(node("a", webhook(result_name="Call"))))
    talk.start()
    sprint = talk.sprint
    assert sprint is not None and sprint.wait is not None

    done = EffectDone(sprint.wait.token, sprint.effects[0].uuid, True, 200, "", limit_bytes=10)
    told = talk.give(done)

    assert [event["type"] for event in told] == ["warning", "webhook_called", "run_result_changed"]
    assert (told[1]["status"], told[2]["category"]) == ("connection_error", "Failure")


def test_a_long_answer_lasts_as_long_as_the_sprint() -> None:
    talk = Talk(flow(node("a", webhook(), says("@(text_length(webhook.json.big))"))))
    talk.start()
    sprint = talk.sprint
    assert sprint is not None and sprint.wait is not None
    body = '{"big": "' + "x" * 10_001 + '"}'

    told = talk.give(EffectDone(sprint.wait.token, sprint.effects[0].uuid, True, 200, body))

    assert told[1]["text"] == "10001"
    assert talk.sprint is not None
    assert SessionState.from_json(talk.sprint.state.to_json()).webhook is None


def test_a_classifier_is_not_called_any_more() -> None:
    action = {"type": "call_classifier", "classifier": {"uuid": "c"}, "input": "@input", "result_name": "r"}  # fmt: skip

    assert run(action) == [{"type": "warning", "text": "classifiers are not called any more"}]


def test_text_that_may_not_be_sent_is_marked() -> None:
    settings = {"env": {"unsendable": lambda text: "forbidden" if "bomb" in text else ""}}

    told = run(says("a bomb"), says("a flower"), settings=settings)

    assert [event.get("unsendable_reason") for event in told] == ["forbidden", None]


def test_a_contact_without_a_way_is_told_so() -> None:
    (told,) = run(
        says("hi @urns.tel|@contact.urn|@contact.channel"), contact=replace(ASHA, urns=())
    )

    assert (told["text"], told["unsendable_reason"], told["locale"]) == ("hi ||", "no_route", "eng-US")  # fmt: skip


def test_the_message_says_by_what_way_it_goes() -> None:
    (told,) = run(says("@contact.channel.name @urns.tel @urns.telegram @(format_urn(urns.facebook))"))  # fmt: skip

    assert (told["urn"], told["channel"], told["locale"]) == (
        "tel:+12065551212",
        ["phone-uuid", "Phone"],
        "eng-US",
    )
    assert told["text"] == "Phone tel:+12065551212  asha"


def test_hidden_urns_are_shown_nowhere() -> None:
    (told,) = run(
        says("@urns.tel @contact.urns @contact @(format_urn(contact.urn))"),
        contact=replace(ASHA, name=""),
        settings={"env": {"redact_urns": True}},
    )

    assert "2065551212" not in told["text"]
    assert told["text"].startswith("tel:******** ")


def test_a_contact_without_a_name_is_called_by_their_number() -> None:
    (told,) = run(says("@contact"), contact=replace(ASHA, name=""))

    assert told["text"] == "(206) 555-1212"


def test_the_environment_is_what_it_is() -> None:
    assert environment().effects >= {"call_webhook", "send_email"}
    assert KeywordTrigger("f", Msg("m", "", ""), "").keyword == ""
