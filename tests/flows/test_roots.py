"""What the roots of expressions show besides the contact: triggers, resumes, runs, webhooks, results."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flows import (
    Expired,
    FlowTrigger,
    ManualTrigger,
    Msg,
    MsgReceived,
    SessionState,
    StateUnreadable,
    WaitTimedOut,
)
from flows.values import Json
from tests.flows.build import asks, flow, node, says
from tests.flows.goflow_habits import ASHA, Talk


def texts(told: list[dict[str, Json]]) -> list[Json]:
    return [event["text"] for event in told if event["type"] == "msg_created"]


def test_a_trigger_shows_what_it_was() -> None:
    talk = Talk(flow(node("a", says("@trigger.type @trigger.params.x @trigger.campaign.name"))))
    trigger = ManualTrigger(
        "flow", {"x": "1"}, kind="campaign", more={"campaign": {"name": "Polio"}}
    )

    assert texts(talk.start(trigger)) == ["campaign 1 Polio"]


def test_a_resume_shows_what_it_was_and_a_message_its_channel() -> None:
    router = asks(timeout=(60, "w-T"))
    built = flow(
        node("w", says("[@resume]"), router=router, ways={"T": "x", "All": "x"}),
        node("x", says("@resume.type @input.channel.name @run.path.0.node_uuid")),
    )
    one, other = Talk(built), Talk(built)
    assert texts(one.start()) == ["[]"]
    other.start()
    assert other.sprint is not None and other.sprint.wait is not None

    heard = one.give(MsgReceived(Msg("m", "tel:1", "hi", channel="phone-uuid")))
    late = other.give(WaitTimedOut(other.sprint.wait.token))

    assert texts(heard) == ["msg Phone w"]
    assert texts(late) == ["wait_timeout  w"]


def test_the_parent_of_another_session_is_known_by_its_summary() -> None:
    summary: dict[str, Any] = {
        "uuid": "r",
        "flow": {"uuid": "f", "name": "Polio"},
        "contact": {"name": "Ravi", "fields": {"state": {"text": "x", "state": "Rwanda > Kigali"}}},
        "results": {"age": {"name": "Age", "value": "33"}},
    }
    text = "@parent.contact.name @parent.flow.name @parent.results.age.value @parent.fields.state"
    talk = Talk(flow(node("a", says(f"{text} [@parent.results.age.extra]"))))

    assert texts(talk.start(FlowTrigger("flow", summary))) == ["Ravi Polio 33 Rwanda > Kigali []"]
    assert talk.sprint is not None
    assert dict(talk.sprint.state.runs[0].results) == {}


def test_a_terminal_flow_still_knows_who_called_it() -> None:
    child = flow(
        node("c", router=asks(), ways={"All": "d"}),
        node("d", says("@parent.results.x @parent.status")),
        uuid="child",
    )
    result = {"type": "set_run_result", "name": "X", "value": "7"}
    enter = {"type": "enter_flow", "flow": {"uuid": "child"}, "terminal": True}
    talk = Talk(flow(node("a", result, enter)), more=(child,))
    talk.start()

    assert texts(talk.give(MsgReceived(Msg("m", "tel:1", "hi")))) == ["7 completed"]


def test_legacy_extra_is_all_that_came_from_outside() -> None:
    built = flow(
        node("w", router=asks(("has_pattern", ["(a)(b)"], "M"), result="r"), ways={"M": "x", "O": None}),
        node("x", says("@legacy_extra.1 @legacy_extra.p")),
    )  # fmt: skip
    talk = Talk(built)
    talk.start(ManualTrigger("flow", {"p": "params"}))

    assert texts(talk.give(MsgReceived(Msg("m", "tel:1", "ab")))) == ["a params"]


def test_a_variable_that_leads_nowhere_is_an_error() -> None:
    told = Talk(flow(node("a", says("[@results.none] [@(1 / 0)] [@webhook.json]")))).start()

    assert [event.get("code") for event in told] == ["expression", "expression", "expression", None]
    assert texts(told) == ["[] [] []"]


def test_a_message_answers_the_first_wait_of_the_first_flow_only() -> None:
    child = flow(node("c", router=asks(), ways={"All": None}), uuid="child")
    enter = {"type": "enter_flow", "flow": {"uuid": "child"}}
    direct = Talk(flow(node("w", router=asks(), ways={"All": "x"}), node("x", says("@input"))))
    nested = Talk(flow(node("a", enter)), more=(child,))

    assert texts(direct.hear("first")) == ["first"]
    nested.hear("first")
    assert nested.sprint is not None and nested.sprint.wait is not None


def test_the_language_of_the_contact_counts_if_it_is_spoken_here() -> None:
    built = flow(
        node("a", says("Hi"), {"type": "set_run_result", "name": "R", "value": "1", "category": "Yes"}),
        language="eng",
        localization={
            "spa": {"a-0": {"text": ["Hola"]}, "a-1": {"category": ["Si"]}},
            "fra": {"a-0": {"text": ["Salut"]}},
        },
    )  # fmt: skip
    spanish = Talk(built, replace(ASHA, language="spa")).start()
    french = Talk(built, replace(ASHA, language="fra")).start()

    assert (texts(spanish), texts(french)) == (["Hola"], ["Hi"])
    assert (spanish[1]["category"], spanish[1]["result"]["category_localized"]) == ("Yes", "Si")


def test_a_run_that_expires_is_told_to_its_parent() -> None:
    child = flow(node("c", router=asks(), ways={"All": None}), uuid="child")
    enter = {"type": "enter_flow", "flow": {"uuid": "child"}}
    router = {"operand": "@child.status", "cases": [("has_only_text", ["expired"], "Late")]}
    built = flow(
        node("a", enter, router=router, ways={"Late": "x", "Other": None}), node("x", says("late"))
    )
    talk = Talk(built, more=(child,))  # fmt: skip
    talk.start()
    assert talk.sprint is not None and talk.sprint.wait is not None

    assert texts(talk.give(Expired(talk.sprint.wait.token))) == ["late"]


def test_a_state_of_the_first_version_is_read() -> None:
    talk = Talk(flow(node("w", router=asks(), ways={"All": None})))
    talk.start()
    assert talk.sprint is not None
    stored = talk.sprint.state.to_json()
    for key in ("choices", "sent"):
        stored.pop(key)
    for run in stored["runs"]:
        run.pop("path")
    state = SessionState.from_json({**stored, "v": 1})

    assert (state.choices, state.sent, state.runs[0].path) == ((), (), ())
    with pytest.raises(StateUnreadable):
        SessionState.from_json({**stored, "v": 99})


def test_chance_is_kept_with_the_result() -> None:
    router = {"type": "random", "operand": "", "result_name": "bucket"}
    told = Talk(flow(node("a", router=router, ways={"A": None, "B": None}))).start()

    result = told[0]["result"]
    assert int(float(result["input"]) * 2) == int(result["value"])


TEMPLATE = {
    "uuid": "t",
    "name": "hello",
    "translations": [
        {
            "channel": {"uuid": "phone-uuid"},
            "locale": "eng-GB",
            "components": [
                {"name": "h", "type": "header/media", "content": "", "variables": {"1": 0}},
                {"name": "b", "type": "body/text", "content": "Hi {{1}}", "variables": {"1": 1}},
                {"name": "q", "type": "button/quick_reply", "content": "Ok", "variables": {}},
                {"name": "u", "type": "button/url", "content": "x", "variables": {}},
            ],
            "variables": [{"type": "image"}, {"type": "text"}],
        }
    ],
}


def hsm(**more: Json) -> dict[str, Json]:
    given = {"template": {"uuid": "t", "name": "hello"}, "template_variables": ["image:http://x"]}
    return says("plain", **{**given, **more})


def test_a_template_is_filled_for_its_channel_with_what_is_missing_left_empty() -> None:
    (told,) = Talk(flow(node("a", hsm())), settings={"templates": {"t": TEMPLATE}}).start()

    assert (told["text"], told["attachments"]) == ("Hi ", ["image:http://x"])
    assert told["quick_replies"] == ["Ok"]
    assert told["locale"] == "eng-GB"
    assert told["template"]["variables"] == [
        {"type": "image", "value": "image:http://x"},
        {"type": "text", "value": ""},
    ]


@pytest.mark.parametrize("known", [{}, {"t": {**TEMPLATE, "translations": []}}])
def test_without_a_translation_the_message_is_sent_as_it_is(known: dict[str, Json]) -> None:
    (told,) = Talk(flow(node("a", hsm())), settings={"templates": known}).start()

    assert told["text"] == "plain"
    assert "template" not in told


def test_attachments_and_replies_that_are_empty_or_too_long_are_left_out() -> None:
    message = says(
        "hi",
        attachments=['image:@("")', 'image:@(repeat("x", 2100))', "", "image:http://x"],
        quick_replies=['@("")', "", '@(repeat("y", 70))', "a<extra>b"],
    )
    told = Talk(flow(node("a", message))).start()

    assert [event["type"] for event in told] == ["error", "error", "error", "msg_created"]
    assert told[3]["attachments"] == ["image:http://x"]
    assert told[3]["quick_replies"] == ["y" * 61 + "...", "a"]
    assert told[3]["quick_reply_extras"] == ["", "b"]


def test_an_attachments_type_may_be_told_by_its_ending() -> None:
    files = ["expression:http://x/a.jpg?b", "application/pdf:http://x", "geo:1"]
    (told,) = Talk(flow(node("a", says("", attachments=files)))).start()

    assert told["attachments"] == ["image:http://x/a.jpg?b", "application/pdf:http://x", "geo:1"]
    assert told["kind"] == "image"
