"""Loops end, with a reason, whatever they are made of."""

from __future__ import annotations

import pytest

from flows import Environment, Limits
from flows.simulator import Conversation
from flows.values import Json
from tests.flows.build import asks, flow, node, says
from tests.flows.shared import assets

CALL = {"type": "call_webhook", "method": "GET", "url": "https://x.example", "result_name": "w"}


def ended(*nodes: dict[str, Json]) -> tuple[str, str]:
    built = flow(*nodes)
    conversation = Conversation(built, assets(built), webhook=lambda effect: (200, {}))
    conversation.start()
    while not conversation.is_over:
        conversation.wait_out()
    return conversation.last.state.status, conversation.last.state.end_reason


@pytest.mark.parametrize(
    ("nodes", "reason"),
    [
        ((node("a", to="a"),), "visit_limit"),
        ((node("a", *([says("x")] * 31)),), "message_limit"),
        ((node("a", CALL, to="a"),), "visit_limit"),
        ((node("a", *([CALL] * 11)),), "effect_limit"),
        ((node("a", {"type": "wait_for_time", "delay": "60"}, to="a"),), "visit_limit"),
        ((node("a", router=asks(timeout=(9, "")), ways={"No Response": "a"}),), "visit_limit"),
        (
            (*(node(f"n{at}", to=f"n{at + 1}") for at in range(101)), node("n101")),
            "step_limit",
        ),
        (
            (node("a", {"type": "enter_flow", "flow": {"uuid": "flow"}}, to="b"), node("b")),
            "run_limit",
        ),
    ],
)
def test_a_loop_ends_with_its_reason(nodes: tuple[dict[str, Json], ...], reason: str) -> None:
    assert ended(*nodes) == ("failed", reason)


def test_a_person_may_go_round_as_often_as_they_like() -> None:
    built = flow(node("a", says("Again?"), to="w"), node("w", router=asks(), ways={"All": "a"}))
    conversation = Conversation(built, assets(built))
    conversation.start()

    said = [conversation.say("yes") for _ in range(100)]

    assert said == [["Again?"]] * 100
    assert len(conversation.last.state.runs) == 1


def test_a_child_entered_in_a_loop_does_not_grow_the_state() -> None:
    child = flow(node("w", router=asks(), ways={"All": None}), uuid="child")
    enter = {"type": "enter_flow", "flow": {"uuid": "child"}}
    built = flow(node("a", enter, to="a"))
    conversation = Conversation(built, assets(built, child))
    conversation.start()
    for _ in range(20):
        conversation.say("on")

    assert len(conversation.last.state.runs) == 2


def test_a_session_has_an_end_of_sprints() -> None:
    built = flow(node("w", router=asks(), ways={"All": "w"}))
    conversation = Conversation(built, assets(built))
    plain = conversation.environment
    limits = Limits(sprints_per_session=3)

    def small() -> Environment:
        env = plain()
        return Environment(now=env.now, new_uuid=env.new_uuid, limits=limits)

    conversation.environment = small  # type: ignore[method-assign]  # a smaller world for this one
    conversation.start()
    for _ in range(3):
        conversation.say("x")

    assert conversation.last.state.end_reason == "sprint_limit"
