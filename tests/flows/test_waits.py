"""Waits, their tokens, timeouts and ends."""

from __future__ import annotations

from typing import Any

import pytest

from flows import (
    Expired,
    Interrupted,
    MsgReceived,
    StaleStimulus,
    StimulusRejected,
    TimeElapsed,
    WaitTimedOut,
)
from flows.simulator import Conversation
from tests.flows.build import asks, flow, node, says
from tests.flows.shared import assets, talk, types


def question(timeout: tuple[int, str] | None = None) -> Conversation:
    yes = ("has_any_word", ["yes"], "Yes")
    return talk(
        flow(
            node("ask", says("Well?"), to="wait"),
            node(
                "wait",
                router=asks(yes, result="answer", timeout=timeout),
                ways={"Yes": "glad", "No Response": "late", "Other": "sad"},
            ),
            node("glad", says("Glad: @results.answer")),
            node("late", says("Too late")),
            node("sad", says("Sad: @results.answer.input (@results.answer.category)")),
        )
    )


def test_an_answer_takes_its_category() -> None:
    conversation = question()

    assert conversation.say("Oh YES") == ["Glad: YES"]
    assert conversation.state is not None
    assert (conversation.state.status, conversation.state.end_reason) == ("completed", "")


def test_any_other_answer_takes_the_default() -> None:
    assert question().say("maybe") == ["Sad: maybe (Other)"]


def test_a_keyword_does_not_answer_the_first_wait() -> None:
    first = flow(node("wait", router=asks(), ways={"All": "end"}), node("end", says("@input")))
    conversation = Conversation(first, assets(first))

    assert conversation.start(keyword="help") == []
    assert conversation.say("hi") == ["hi"]


@pytest.mark.parametrize("category", ["wait-No Response", ""])
def test_a_timeout_takes_its_category_by_uuid_or_by_name(category: str) -> None:
    conversation = question((60, category))
    wait = conversation.last.wait

    assert wait is not None
    assert isinstance(wait.on_timeout(), WaitTimedOut)
    assert conversation.wait_out() == ["Too late"]


def test_a_stale_token_changes_nothing() -> None:
    conversation = question((60, ""))
    before = conversation.state

    with pytest.raises(StaleStimulus):
        conversation.give(WaitTimedOut("older"))

    assert conversation.state is before


def test_an_ended_session_takes_nothing() -> None:
    conversation = question()
    conversation.say("yes")

    with pytest.raises(StaleStimulus):
        conversation.give(MsgReceived(conversation.message("again")))


def test_a_message_does_not_end_a_wait_for_time() -> None:
    conversation = talk(
        flow(
            node("a", {"type": "wait_for_time", "delay": "60"}, to="b"), node("b", says("morning"))
        )
    )

    with pytest.raises(StimulusRejected):
        conversation.say("hello?")
    wait = conversation.last.wait
    assert wait is not None
    assert isinstance(wait.on_timeout(), TimeElapsed)
    assert conversation.wait_out() == ["morning"]


def test_a_wait_for_time_without_delay_does_not_wait() -> None:
    waits = {"type": "wait_for_time", "delay": ""}

    assert talk(flow(node("a", waits, says("now")))).transcript == [("flow", "now")]


def results_flow() -> Conversation:
    waits = {"type": "wait_for_result", "delay": "600"}
    return talk(
        flow(
            node("a", waits, router={}, ways={"Completed": "b"}),
            node("b", says("@results.response.message")),
        )
    )


def test_results_from_outside_go_into_the_run() -> None:
    assert results_flow().bring({"response": {"message": "done"}}) == ["done"]


def test_a_wait_for_results_gives_up_in_time() -> None:
    assert results_flow().wait_out() == ["@results.response.message"]


def test_an_expired_session_says_so() -> None:
    conversation = question()
    wait = conversation.last.wait
    assert wait is not None

    conversation.give(Expired(wait.token))

    assert conversation.state is not None
    assert (conversation.state.status, conversation.state.end_reason) == ("expired", "expired")


def test_an_interruption_ends_with_its_reason() -> None:
    conversation = question()

    conversation.give(Interrupted("optout"))

    assert conversation.state is not None
    assert (conversation.state.status, conversation.state.end_reason) == ("interrupted", "optout")
    assert types(conversation)[-1] == "run_ended"


def test_a_conversation_cannot_go_on_before_it_began_nor_wait_for_no_time() -> None:
    built = flow(node("ask", router=asks(), ways={"All": None}))
    conversation = Conversation(built, assets(built))

    with pytest.raises(StimulusRejected):
        conversation.give(Interrupted("x"))
    with pytest.raises(StimulusRejected):
        _ = conversation.last
    assert conversation.say("hi") == []
    with pytest.raises(StimulusRejected):
        conversation.wait_out()


def test_a_webhook_that_nobody_answers_fails() -> None:
    call = {"type": "call_webhook", "method": "GET", "url": "https://x.example"}
    router: dict[str, Any] = {"operand": "@webhook.status"}
    built = flow(
        node("a", call, router=router, ways={"Success": None, "Failure": "f"}),
        node("f", says("failed")),
    )

    assert talk(built).transcript == [("flow", "failed")]


def test_a_wait_says_what_is_hoped_for() -> None:
    hint = {"type": "digits", "count": 4}
    built = flow(node("w", router={"wait": {"type": "msg", "hint": hint}}, ways={"All": None}))

    told = [event.to_json() for event in talk(built).events if event.type == "msg_wait"]

    assert [(event["hint"], event["hint_details"]) for event in told] == [("digits", {"count": 4})]
