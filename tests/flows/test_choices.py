"""Interactive messages: numbered choices as text, and answers by number or title."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from flows.routers.switch import chosen
from flows.simulator import Conversation
from tests.flows.build import asks, flow, node, says
from tests.flows.shared import assets

BUTTONS = {
    "type": "quick_reply",
    "content": {"type": "text", "header": "Lunch", "text": "What will it be?"},
    "options": [{"type": "text", "title": "Rice"}, {"type": "text", "title": "Bread"}],
}
HINDI = {
    "type": "quick_reply",
    "content": {"type": "text", "header": "भोजन", "text": "क्या चाहिए?"},
    "options": [{"type": "text", "title": "चावल"}, {"type": "text", "title": "रोटी"}],
}


def lunch(language: str = "") -> Conversation:
    built = flow(
        node("ask", {"type": "send_interactive_msg", "id": "5", "name": "L", "text": json.dumps(BUTTONS)}, to="w"),
        node(
            "w",
            router=asks(
                ("has_only_phrase", ["Rice"], "Rice"), ("has_only_phrase", ["Bread"], "Bread"), result="food"
            ),
            ways={"Rice": "r", "Bread": "b", "Other": "o"},
        ),
        node("r", says("rice @results.food.input")),
        node("b", says("bread @results.food.input")),
        node("o", says("other"), to="w"),
    )  # fmt: skip
    known = assets(
        built, interactives={"5": {"id": "5", "content": BUTTONS, "translations": {"hi": HINDI}}}
    )
    conversation = Conversation(built, known)
    conversation.contact = replace(conversation.contact, language=language)
    conversation.start()
    return conversation


def test_choices_are_numbered_for_clients_without_buttons() -> None:
    assert lunch().transcript == [("flow", "Lunch\nWhat will it be?\n1. Rice\n2. Bread")]


@pytest.mark.parametrize("word", ["2", " 2. ", "2)", "bread", "Bread"])
def test_an_answer_is_a_number_or_a_title(word: str) -> None:
    assert lunch().say(word)[0].strip() == f"bread {word}".strip()


@pytest.mark.parametrize("word", ["2", "रोटी", "bread"])
def test_an_answer_in_another_language_is_understood(word: str) -> None:
    conversation = lunch(language="hi")

    assert conversation.transcript == [("flow", "भोजन\nक्या चाहिए?\n1. चावल\n2. रोटी")]
    assert conversation.say(word) == [f"bread {word}"]


@pytest.mark.parametrize("word", ["3", "0", "", "22222222", "meat"])
def test_any_other_answer_is_none_of_them_and_they_stay_open(word: str) -> None:
    conversation = lunch()

    assert conversation.say(word) == ["other"]
    assert conversation.say("1") == ["rice 1"]


def test_a_case_that_holds_comes_before_the_number() -> None:
    built = flow(
        node("a", says("How many?", quick_replies=["Few", "Many"]), to="w"),
        node(
            "w",
            router=asks(("has_number", [], "N"), ("has_any_word", ["many"], "M")),
            ways={"N": "n", "M": "m", "O": None},
        ),
        node("n", says("a number")),
        node("m", says("many")),
    )  # fmt: skip
    conversation = Conversation(built, assets(built))
    conversation.start()

    assert conversation.say("2") == ["a number"]


def test_titles_of_a_choice_are_found_by_place_or_name() -> None:
    choices = (("Rice",), ("Roti", "Bread"))

    assert [chosen(choices, text) for text in ("1", "bread", "x", "9")] == [
        ("Rice",),
        ("Roti", "Bread"),
        (),
        (),
    ]


# -- Exit Loop


def loop(*, category: str) -> Conversation:
    built = flow(
        node("a", says("Again?"), to="c"),
        node("c", to="w"),
        node("w", router=asks(("has_text", [], "All")), ways={"All": "a", category: "x", "Other": "a"}),
        node("x", says("Bye"), to="a"),
    )  # fmt: skip
    conversation = Conversation(built, assets(built))
    conversation.start()
    return conversation


def test_the_same_message_a_fourth_time_leaves_by_exit_loop_and_then_ends_the_session() -> None:
    conversation = loop(category="Exit Loop")

    assert [conversation.say("yes") for _ in range(2)] == [["Again?"], ["Again?"]]
    # Bye leads back to the message, which is too often even for the way out
    assert conversation.say("yes") == ["Bye"]
    assert conversation.state is not None
    assert (conversation.state.status, conversation.state.end_reason) == ("failed", "loop")


def test_without_a_way_out_people_go_round_as_they_like() -> None:
    conversation = loop(category="Elsewhere")

    assert [conversation.say("yes") for _ in range(9)] == [["Again?"]] * 9


def test_after_six_hours_the_same_message_is_new() -> None:
    conversation = loop(category="Exit Loop")
    conversation.say("yes")
    conversation.say("yes")
    conversation.pass_time(timedelta(hours=7))

    assert conversation.say("yes") == ["Again?"]
