"""Whatever a flow is and whatever a person says: a wait or an end within limits, and plain JSON."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from flows import SessionState, StateUnreadable, compile_flow
from flows.expressions.scope import Scope
from flows.expressions.template import compile_template
from flows.simulator import Conversation
from tests.flows.build import asks, definition, node, says
from tests.flows.shared import assets, talk

_NAMES = ["a", "b", "c", "d"]
_CALL = {"type": "call_webhook", "method": "POST", "url": "https://x.example", "result_name": "w"}
_ACTIONS = st.sampled_from(
    [
        says("hello @contact @results.x"),
        {"type": "set_run_result", "name": "x", "value": "@(results.x & 1)"},
        _CALL,
        {"type": "enter_flow", "flow": {"uuid": "flow"}},
        {"type": "wait_for_time", "delay": "5"},
        {"type": "wait_for_result", "delay": "5"},
        {"type": "nonsense"},
    ]
)
_WAYS = st.fixed_dictionaries({}, optional={n: st.sampled_from([*_NAMES, None]) for n in "XY"})


@st.composite
def definitions(draw: Any) -> dict[str, Any]:
    nodes = []
    for name in _NAMES:
        actions = draw(st.lists(_ACTIONS, max_size=3))
        ways = draw(_WAYS)
        router = asks(timeout=(9, "")) if ways and draw(st.booleans()) else {} if ways else None
        to = draw(st.sampled_from([*_NAMES, None]))
        nodes.append(node(name, *actions, router=router, ways=ways, to=to))
    return definition(*nodes)


@settings(max_examples=150, deadline=None)
@given(definitions(), st.lists(st.text(max_size=20), max_size=6))
def test_any_flow_ends_in_a_wait_or_an_end(raw: dict[str, Any], words: list[str]) -> None:
    built = compile_flow(raw)
    conversation = Conversation(built, assets(built), webhook=lambda effect: (200, {"x": 1}))

    conversation.start()
    for word in words:
        if conversation.is_over:
            break
        wait = conversation.last.wait
        assert wait is not None
        said = conversation.say(word) if wait.kind == "msg" else conversation.wait_out()
        assert len(said) <= 31

    state = conversation.last.state
    assert (state.status == "waiting") == (state.wait is not None)
    assert SessionState.from_json(json.loads(json.dumps(state.to_json()))) == state


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='@()abc.contact results"\\<%= >1+-*/&^,[]{}', max_size=60))
def test_any_template_gives_text(source: str) -> None:
    env = talk(compile_flow(definition(node("a")))).environment()
    text, _ = compile_template(source).text(Scope(env, {"contact": lambda: {"a": 1}}))

    assert isinstance(text, str)


def test_a_state_of_an_unknown_version_is_refused() -> None:
    state = talk(compile_flow(definition(node("a")))).last.state.to_json()

    for broken in (state | {"v": 99}, {"v": 1}, state | {"runs": None}):
        try:
            SessionState.from_json(broken)
        except StateUnreadable:
            continue
        raise AssertionError(broken)
