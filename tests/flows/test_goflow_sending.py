"""By goflow's habits: other sessions, broadcasts, webhooks, and the way of messages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flows import EffectDone, KeywordTrigger, ManualTrigger, Msg, SessionState
from flows.values import Json
from tests.flows.build import flow, node, says
from tests.flows.goflow_habits import ASHA, Talk, environment


def run(*actions: dict[str, Json], **more: Any) -> list[dict[str, Json]]:
    return Talk(flow(node("a", *actions), language="eng"), **more).hear()


def error(code: str, text: str, **extra: str) -> dict[str, Json]:
    told: dict[str, Json] = {"type": "error", "text": text, "code": code, "extra": extra}
    return {key: value for key, value in told.items() if value}


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
        flow(
            node(
                "a",
                webhook(body="Hi @contact", result_name="Call"),
                says("@webhook.json.ok @results.call.extra.ok"),
            )
        )
    )
    talk.start()
    sprint = talk.sprint
    assert sprint is not None and sprint.wait is not None
    effect: Any = sprint.effects[0]

    told = talk.give(EffectDone(sprint.wait.token, effect.uuid, True, 200, '{"ok": 1}'))

    assert (effect.body, effect.is_raw) == ("Hi Asha", True)
    assert told[1]["result"]["input"] == "POST https://ngo.example/x"
    assert (told[1]["value"], told[1]["category"]) == ("200", "Success")
    assert told[1]["result"]["extra"] == {"ok": 1}
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
    action = {"type": "call_classifier", "classifier": {"uuid": "c"}, "input": "@input"}

    assert run(action) == [{"type": "warning", "text": "classifiers are not called any more"}]


def test_text_that_may_not_be_sent_is_marked() -> None:
    settings = {"env": {"unsendable": lambda text: "forbidden" if "bomb" in text else ""}}

    told = run(says("a bomb"), says("a flower"), settings=settings)

    assert [event.get("unsendable_reason") for event in told] == ["forbidden", None]


def test_a_contact_without_a_way_is_told_so() -> None:
    (told,) = run(
        says("hi @urns.tel|@contact.urn|@contact.channel"), contact=replace(ASHA, urns=())
    )

    assert (told["text"], told["unsendable_reason"]) == ("hi ||", "no_route")
    assert told["locale"] == "eng-US"


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
