"""Actions: what each tells and how the contact looks afterwards."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flows import Contact, FieldValue
from flows.contact import Contact as Snapshot
from flows.events import Event
from flows.simulator import Conversation
from flows.values import Json
from tests.flows.build import asks, flow, node, says
from tests.flows.shared import GROUP, LABEL, NOW, assets

_COMMON = {"uuid", "created_on", "run_uuid", "flow_uuid", "node_uuid", "msg_uuid"}
_WALK = {"run_started", "run_ended", "node_entered", "exit_taken", "msg_received"}


def run(*actions: dict[str, Json], contact: Snapshot | None = None, **more: Any) -> Conversation:
    built = flow(node("a", *actions), **more)
    conversation = Conversation(built, assets(built), contact)
    conversation.start(keyword="go")
    return conversation


def told(conversation: Conversation) -> list[dict[str, Json]]:
    """The events besides those of walking, without ids and times."""
    return [_plain(event) for event in conversation.events if event.type not in _WALK]


def _plain(event: Event) -> dict[str, Json]:
    return {key: value for key, value in event.to_json().items() if key not in _COMMON}


def test_send_msg_tells_text_attachments_replies_and_labels() -> None:
    message = says(
        "Hi @contact",
        attachments=["image:https://x.example/@contact.name"],
        quick_replies=["Yes", {"text": "No"}, " "],
        labels=[{"uuid": "Poetry:ID", "name": "Poetry"}],
    )

    assert told(run(message)) == [
        {
            "type": "msg_created",
            "text": "Hi Asha",
            "attachments": ["image:https://x.example/Asha"],
            "quick_replies": ["Yes", "No"],
            "kind": "image",
            "template": None,
            "interactive": None,
            "interactive_id": None,
            "labels": [{"uuid": LABEL.uuid, "name": "Poetry"}],
            "language": "en",
            "unsendable_reason": None,
            "urn": "",
            "channel": None,
            "locale": "en-IN",
            "quick_reply_extras": [],
        }
    ]


def test_an_empty_message_is_not_sent() -> None:
    assert [event["code"] for event in told(run(says("")))] == ["msg:empty"]


@pytest.mark.parametrize(("language", "text"), [("hi", "नमस्ते Asha"), ("en", "Hi"), ("mr", "Hi")])
def test_a_message_is_in_the_contacts_language(language: str, text: str) -> None:
    words = {"hi": {"a-0": {"text": ["नमस्ते @contact"]}}}
    contact = Contact(uuid="c", name="Asha", language=language)

    conversation = run(says("Hi"), contact=contact, localization=words)

    assert conversation.transcript[1:] == [("flow", text)]


def test_an_interactive_message_has_numbered_choices() -> None:
    content = {
        "type": "quick_reply",
        "content": {"type": "text", "header": "Hello", "text": 'How, "@contact"?'},
        "options": [{"type": "text", "title": "Well"}, {"type": "text", "title": "So so"}],
    }
    conversation = run({"type": "send_interactive_msg", "id": 1, "text": json.dumps(content)})

    (event,) = told(conversation)
    assert event["text"] == 'Hello\nHow, "Asha"?\n1. Well\n2. So so'
    assert (event["kind"], event["quick_replies"]) == ("quick_reply", ["Well", "So so"])
    assert event["interactive"]["content"]["text"] == 'How, "Asha"?'


def test_groups_are_joined_and_left_once() -> None:
    join = {"type": "add_contact_groups", "groups": [{"uuid": 7, "name": "Readers"}]}
    leave = {"type": "remove_contact_groups", "groups": [], "all_groups": True}
    conversation = run(join, join, leave, leave)

    group = {"uuid": GROUP.uuid, "id": "7", "name": "Readers", "query": ""}
    assert told(conversation) == [
        {"type": "contact_groups_changed", "added": [group], "removed": []},
        {"type": "contact_groups_changed", "added": [], "removed": [group]},
    ]
    assert conversation.contact.groups == ()


def test_a_missing_group_is_an_error_and_the_flow_goes_on() -> None:
    conversation = run({"type": "add_contact_groups", "groups": [{"uuid": "x"}]}, says("on"))

    assert [event["type"] for event in told(conversation)] == ["error", "msg_created"]


def test_a_field_is_set_and_cleared() -> None:
    conversation = run(
        {"type": "set_contact_field", "field": {"key": "age_group"}, "value": "19"},
        says("@contact.fields.age_group @fields.age_group"),
        {"type": "set_contact_field", "field": {"key": "age_group"}, "value": ""},
        {"type": "set_contact_field", "field": {"key": "age_group"}, "value": "@results.no"},
    )

    value = FieldValue("19", "Age group", "text", conversation.now).to_json()
    changes = told(conversation)
    assert conversation.transcript[1:] == [("flow", "19 19")]
    assert changes[0] | {"value": None} == {
        "type": "contact_field_changed",
        "key": "age_group",
        "name": "Age group",
        "value": None,
        "previous": None,
    }
    assert changes[0]["value"]["value"] == value["value"]
    assert (changes[2]["value"], changes[2]["previous"]) == (None, "19")
    assert [event["type"] for event in changes[3:]] == ["error"]
    assert dict(conversation.contact.fields) == {}


def test_settings_opt_in_and_out_and_hold_preferences() -> None:
    def setting(value: str) -> dict[str, Json]:
        return {"type": "set_contact_field", "field": {"key": "settings"}, "value": value}

    conversation = run(setting("optin"), setting("Visual Arts"), setting(""), setting("optout"))

    assert told(conversation) == [
        {"type": "contact_status_changed", "status": "optin"},
        {"type": "contact_settings_changed", "settings": {"visual_arts": True}},
        {"type": "contact_settings_changed", "settings": {}},
        {"type": "contact_status_changed", "status": "optout"},
    ]
    assert conversation.contact.optin_time is None


def test_name_language_timezone_and_status() -> None:
    conversation = run(
        {"type": "set_contact_name", "name": " @(upper(contact.name)) "},
        {"type": "set_contact_language", "language": "hindi"},
        {"type": "set_contact_language", "language": "klingon"},
        {"type": "set_contact_timezone", "timezone": "Asia/Kolkata"},
        {"type": "set_contact_timezone", "timezone": "Moon/Base"},
        {"type": "set_contact_status", "status": "blocked"},
        says("late"),
    )

    assert [(e["type"], e.get("code", "")) for e in told(conversation)] == [
        ("contact_name_changed", ""),
        ("contact_language_changed", ""),
        ("error", "language:invalid"),
        ("contact_timezone_changed", ""),
        ("error", "timezone:invalid"),
        ("contact_status_changed", ""),
        ("msg_created", ""),
    ]
    contact = conversation.contact
    assert (contact.name, contact.language, contact.status) == ("ASHA", "hi", "blocked")
    assert told(conversation)[-1]["unsendable_reason"] == "contact_blocked"


def test_a_result_is_set_by_its_raw_name_and_read_by_either() -> None:
    named = {"type": "set_run_result", "name": "Age Group", "value": "19", "category": "Adult"}
    conversation = run(named, says("@results.age_group @results.age_group.category"))

    assert conversation.transcript[1:] == [("flow", "19 Adult")]
    assert list(conversation.last.state.results) == ["flow_keyword", "Age Group"]


def test_labels_go_to_the_last_message() -> None:
    (event,) = told(run({"type": "add_input_labels", "labels": [{"name": "Poetry"}]}))

    assert event["type"] == "input_labels_added"
    assert event["labels"] == [{"uuid": LABEL.uuid, "name": "Poetry"}]


def test_a_broadcast_goes_to_contacts_and_groups() -> None:
    (event,) = told(
        run(
            {
                "type": "send_broadcast",
                "text": "@contact needs help",
                "contacts": [{"uuid": 7, "name": "Staff"}],
                "groups": [{"uuid": "g-uuid"}],
            }
        )
    )

    assert (event["type"], event["text"]) == ("broadcast_created", "Asha needs help")
    assert (event["contacts"], event["groups"]) == (["7"], ["g-uuid"])


def test_what_is_not_supported_goes_to_failure() -> None:
    airtime = {"type": "transfer_airtime", "result_name": "airtime"}
    built = flow(
        node("a", airtime, router={}, ways={"Success": "s", "Failure": "f", "Other": None}),
        node("s", says("sent")),
        node("f", says("failed: @results.airtime.category")),
    )

    assert Conversation(built, assets(built)).start() == ["failed: Failure"]


def test_random_uses_the_environments_chance() -> None:
    router = {"type": "random", "operand": "", "result_name": "bucket"}
    built = flow(
        node("a", router=router, ways={"A": "x", "B": "x"}),
        node("x", says("@results.bucket.category")),
    )

    said = {Conversation(built, assets(built), seed=seed).start()[0] for seed in range(20)}

    assert said == {"A", "B"}


def test_media_answers_are_kept_with_their_address() -> None:
    built = flow(
        node("w", router=asks(("has_image", [], "Pic"), result="pic"), ways={"Pic": "x", "O": "o"}),
        node("x", says("@results.pic.url @results.pic.category")),
        node("o", says("other")),
    )
    conversation = Conversation(built, assets(built), now=NOW)
    conversation.start()

    said = conversation.say("", "image", ["image:https://x.example/a.jpg"])

    assert said == ["https://x.example/a.jpg Pic"]
