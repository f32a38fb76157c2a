"""Whatever a flow is and whatever a person says: a wait or an end within limits, and plain JSON."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from flows import (
    Expired,
    FlowInvalid,
    SessionState,
    StateUnreadable,
    StimulusRejected,
    compile_flow,
)
from flows.cases import CASES
from flows.docs.actions import ACTIONS
from flows.expressions.scope import Scope
from flows.expressions.template import compile_template
from flows.migrations import modernize
from flows.simulator import Conversation
from tests.flows.build import asks, definition, node, says
from tests.flows.shared import assets, talk

_NAMES = ["a", "b", "c", "d"]
_CALL = {"type": "call_webhook", "method": "POST", "url": "https://x.example", "result_name": "w"}
_SHOWN = [json.loads(example.source) for entry in ACTIONS for example in entry.examples]
_ACTIONS = st.sampled_from(
    [
        *_SHOWN,
        says("hello @contact @results.x"),
        {"type": "set_run_result", "name": "x", "value": "@(results.x & 1)"},
        _CALL,
        {"type": "enter_flow", "flow": {"uuid": "flow"}},
        {"type": "wait_for_time", "delay": "5"},
        {"type": "wait_for_result", "delay": "5"},
        {"type": "nonsense"},
        {"type": "set_contact_field", "field": {"key": "age_group"}, "value": "@input.text"},
        {"type": "set_contact_name", "name": "@(title(input.text))"},
        {"type": "add_contact_groups", "groups": [{"uuid": "g-uuid", "name": "Readers"}]},
        {"type": "add_input_labels", "labels": [{"name": "Poetry"}]},
        {"type": "set_run_local", "local": "n", "value": "1", "operation": "increment"},
        {"type": "start_session", "flow": {"uuid": "flow"}, "contacts": [{"uuid": "other"}]},
    ]
)
_ARGUMENT = st.sampled_from(
    ["", "yes", "5", "2026-01-31", "(a+)+$", "@results.x", "@(1 / 0)", "@("]
)
_ROUTERS = st.builds(
    lambda case, arguments: asks((case, arguments, "X"), timeout=(9, "")),
    st.sampled_from(sorted(CASES)),
    st.lists(_ARGUMENT, max_size=3),
) | st.sampled_from(
    [
        {},
        {"type": "random"},
        asks(timeout=(9, "")),
        asks(("has_number", [], "X"), ("has_pattern", ["(a+)+$"], "Y"), result="x"),
    ]
)
_WAYS = st.fixed_dictionaries({}, optional={n: st.sampled_from([*_NAMES, None]) for n in "XY"})


@st.composite
def definitions(draw: Any) -> dict[str, Any]:
    nodes = []
    for name in _NAMES:
        actions = draw(st.lists(_ACTIONS, max_size=3))
        ways = draw(_WAYS)
        router = draw(_ROUTERS) if ways else None
        if router and any(case[2] not in ways for case in router.get("cases", [])):
            router = {}
        to = draw(st.sampled_from([*_NAMES, None]))
        nodes.append(node(name, *actions, router=router, ways=ways, to=to))
    return definition(*nodes)


_TEXT = st.text(max_size=20)
WORDS = st.lists(_TEXT, max_size=6)
#: What may come to a session that waits: (how, what).
_COMES = st.one_of(
    st.tuples(st.just("text"), _TEXT),
    st.tuples(st.sampled_from(["image", "audio", "location", "file"]), _TEXT),
    st.tuples(st.sampled_from(["time", "expired"]), st.just("")),
    st.tuples(st.just("result"), _TEXT),
)
_ANSWERS = st.sampled_from(
    [(200, {"x": 1}), (200, "no JSON"), (500, ""), (0, ""), (200, [1, {"x": None}])]
)


def talking(raw: dict[str, Any], answer: tuple[int, Any], seed: int = 0) -> Conversation:
    """A conversation that has begun; whatever the flow calls answers so."""
    built = compile_flow(raw)
    conversation = Conversation(built, assets(built), webhook=lambda effect: answer, seed=seed)
    conversation.start()
    return conversation


def walked(
    raw: dict[str, Any],
    words: list[str],
    seed: int = 0,
    answer: tuple[int, Any] = (200, {"x": 1}),
) -> Conversation:
    """Talk with a flow until it is over or the words are: any wait but for a message runs out."""
    conversation = talking(raw, answer, seed)
    for word in words:
        if conversation.is_over:
            break
        wait = conversation.last.wait
        assert wait is not None
        conversation.say(word) if wait.kind == "msg" else conversation.wait_out()
    return conversation


def come(conversation: Conversation, how: str, what: str) -> list[str]:
    """Give the session what comes; what it does not wait for is refused and changes nothing."""
    wait, before = conversation.last.wait, conversation.state
    assert wait is not None
    try:
        if how == "time":
            return conversation.wait_out()
        if how == "expired":
            return conversation.give(Expired(wait.token))
        if how == "result":
            return conversation.bring({"x": what})
        files = [] if how == "text" else [f"{how}:https://x.example"]
        return conversation.say(what, how, files)
    except StimulusRejected:
        assert conversation.state is before
        return []


def told(conversation: Conversation) -> list[dict[str, Any]]:
    return [event.to_json() for event in conversation.events]


@settings(max_examples=60, deadline=None)
@given(definitions(), WORDS, st.integers(0, 9), _ANSWERS)
def test_the_same_inputs_give_the_same_outputs(
    raw: dict[str, Any], words: list[str], seed: int, answer: tuple[int, Any]
) -> None:
    first, second = walked(raw, words, seed, answer), walked(raw, words, seed, answer)

    assert told(first) == told(second)
    assert first.last.state == second.last.state
    assert (first.contact, first.transcript) == (second.contact, second.transcript)


@settings(max_examples=60, deadline=None)
@given(definitions(), WORDS, st.text(max_size=20))
def test_a_session_of_an_older_version_goes_on_as_a_new_one(
    raw: dict[str, Any], words: list[str], word: str
) -> None:
    """What version 2 added is empty in an upgraded state; the rest, and what is said then, is the same."""
    conversation = walked(raw, words)
    new = conversation.last.state.to_json()
    old = json.loads(json.dumps(new)) | {"v": 1}
    del old["choices"], old["sent"]
    for run in old["runs"]:
        del run["path"]

    upgraded = SessionState.from_json(old)

    emptied = new | {"choices": [], "sent": []}
    emptied["runs"] = [run | {"path": []} for run in new["runs"]]
    assert json.loads(json.dumps(upgraded.to_json())) == json.loads(json.dumps(emptied))
    if upgraded.wait is not None and upgraded.wait.kind == "msg":
        conversation.state = upgraded
        conversation.say(word)
        assert conversation.last.state.uuid == upgraded.uuid


@settings(max_examples=100, deadline=None)
@given(definitions(), WORDS)
def test_a_definition_reads_the_same_after_its_upgrade(
    raw: dict[str, Any], words: list[str]
) -> None:
    new = modernize(raw)

    assert modernize(new) == new
    assert walked(raw, words).transcript == walked(new, words).transcript


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["uuid", "type", "nodes", "text", "x"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)
_MEMBERS = ["nodes", "localization", "language", "spec_version", "_ui", "expire_after_minutes"]


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(_MEMBERS), JSON))
def test_any_json_is_read_or_refused(data: dict[str, Any]) -> None:
    try:
        built = compile_flow({"uuid": "f", **data})
    except FlowInvalid as fault:
        assert fault.problems
    else:
        assert Conversation(built, assets(built)).start() is not None


@settings(max_examples=150, deadline=None)
@given(definitions(), st.lists(_COMES, max_size=6), _ANSWERS)
def test_any_flow_ends_in_a_wait_or_an_end(
    raw: dict[str, Any], comes: list[tuple[str, str]], answer: tuple[int, Any]
) -> None:
    conversation = talking(raw, answer)
    for how, what in comes:
        if conversation.is_over:
            break
        assert len(come(conversation, how, what)) <= 31

    state = conversation.last.state
    assert (state.status == "waiting") == (state.wait is not None)
    assert SessionState.from_json(json.loads(json.dumps(state.to_json()))) == state


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_any_value_is_shown_and_written_as_json(value: Any) -> None:
    env = talk(compile_flow(definition(node("a")))).environment()
    scope = Scope(env, {"results": lambda: {"x": value}})

    text, _ = compile_template("@results.x @(json(results.x))").text(scope)
    written, errors = compile_template("@(json(results.x))").text(scope)

    assert isinstance(text, str)
    assert isinstance(json.loads(written), object) or errors


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
