"""Flows in flows, and flows for others."""

from __future__ import annotations

from flows import Expired, FlowTrigger, start
from flows.events import SessionTriggered
from tests.flows.build import asks, flow, node, says
from tests.flows.shared import assets, talk, types

ENTER = {"type": "enter_flow", "flow": {"uuid": "child", "name": "Child"}}
STATUS = {
    "operand": "@child.run.status",
    "cases": [
        ("has_only_text", ["completed"], "Complete"),
        ("has_only_text", ["expired"], "Expired"),
    ],
}
CHILD = flow(
    node("q", says("Name, @results.parent.kind?"), to="w"),
    node("w", router=asks(result="Name"), ways={"All": None}),
    uuid="child",
)
PARENT = flow(
    node("set", {"type": "set_run_result", "name": "kind", "value": "friend"}, to="in"),
    node("in", ENTER, router=STATUS, ways={"Complete": "done", "Expired": "gone"}),
    node("done", says("Hello @results.child.name, @child.results.name")),
    node("gone", says("Gone")),
)


def test_a_child_sees_its_parents_results_and_the_parent_the_childs() -> None:
    conversation = talk(PARENT, CHILD)

    assert conversation.transcript == [("flow", "Name, friend?")]
    assert conversation.say("Asha") == ["Hello Asha, Asha"]


def test_an_expired_child_lets_its_parent_go_on() -> None:
    conversation = talk(PARENT, CHILD)
    wait = conversation.last.wait
    assert wait is not None

    assert conversation.give(Expired(wait.token)) == ["Gone"]
    assert conversation.state is not None
    assert conversation.state.status == "completed"


def test_a_node_without_ways_on_is_left_for_good() -> None:
    last = flow(node("in", ENTER))
    conversation = talk(last, CHILD)

    assert types(conversation)[:4] == ["run_started", "node_entered", "run_ended", "run_started"]
    assert conversation.say("Asha") == []


def test_a_missing_flow_fails_the_session() -> None:
    conversation = talk(PARENT)

    assert conversation.state is not None
    assert (conversation.state.status, conversation.state.end_reason) == ("failed", "flow_missing")


def test_sessions_that_start_sessions_are_counted() -> None:
    starter = flow(
        node(
            "a",
            {"type": "set_run_result", "name": "x", "value": "1"},
            {"type": "start_session", "flow": {"uuid": "flow"}, "contacts": [{"uuid": "other"}]},
        )
    )
    conversation = talk(starter)
    counts = []
    for _ in range(6):
        told = [e for e in conversation.last.events if isinstance(e, SessionTriggered)]
        counts.append(len(told))
        if told:
            trigger = FlowTrigger("flow", told[0].run_summary, told[0].history)
            conversation.sprint = start(
                assets(starter), conversation.contact, trigger, conversation.environment()
            )

    assert counts == [1, 1, 1, 1, 1, 0]
    assert conversation.last.state.runs[0].results["parent"]["x"]["value"] == "1"
