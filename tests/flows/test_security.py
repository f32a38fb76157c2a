"""What a hostile flow, webhook or contact may try on the engine: it is refused, or it ends, soon."""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any

import pytest

from flows import Contact, FlowInvalid, SessionState, compile_flow, validate
from flows.expressions.patterns import compile_pattern
from flows.limits import MAX_PATTERN_CHARS
from flows.simulator import Conversation
from flows.values import Json
from tests.flows.build import asks, definition, flow, node, says
from tests.flows.shared import assets, talk

#: Seconds. Each takes milliseconds; without a bound each would take minutes or the machine's memory.
SOON_S = 3

CALL = {"type": "call_webhook", "method": "POST", "url": "https://x.example", "result_name": "w"}
DEEP_LIST = "[" * 5000 + "]" * 5000
DEEP_OBJECT = '{"a":' * 900 + "1" + "}" * 900

WROTE = [
    "@contact.phone @(1 + 1) @results.flow_keyword <%= 1 + 1 %>",
    "@@contact",
    '"}, "admin": true, {"x": "',
    "@(",
    "%{x} {{1}} ${1} #{1}",
    "__class__.__mro__",
]


# -- flows


def test_a_flow_of_10_000_nodes_is_refused_soon() -> None:
    many = [node(str(number), to=str(number + 1)) for number in range(10_000)]

    started = perf_counter()
    with pytest.raises(FlowInvalid, match="more than 1000 nodes"):
        compile_flow(definition(*many))
    assert perf_counter() - started < SOON_S


def test_a_flow_of_1000_full_nodes_is_compiled_and_checked_soon() -> None:
    texts = [says(f"@(upper(contact.name) & {number})") for number in range(10)]
    many = [node(str(number), *texts, to=str((number + 1) % 1000)) for number in range(1000)]

    started = perf_counter()
    built = compile_flow(definition(*many))
    problems = validate(built, assets(built))
    assert perf_counter() - started < 3 * SOON_S
    assert "expression:invalid" not in {problem.code for problem in problems}


@pytest.mark.parametrize(
    "broken",
    [
        {"nodes": json.loads("[" * 900 + "]" * 900)},
        {"nodes": [node("a", {"type": "send_msg", "x": json.loads(DEEP_OBJECT)})]},
        {"nodes": [node("a")], "localization": json.loads(DEEP_OBJECT)},
        {"flows": [{"definition": {"uuid": "f", "nodes": json.loads("[" * 900 + "]" * 900)}}]},
    ],
)
def test_a_deep_definition_is_refused(broken: dict[str, Json]) -> None:
    with pytest.raises(FlowInvalid, match="nested too deeply"):
        compile_flow({"uuid": "f", **broken})


@pytest.mark.parametrize("deep", [DEEP_LIST, DEEP_OBJECT])
def test_deep_json_in_a_text_of_a_definition_is_no_json(deep: str) -> None:
    actions = [{**CALL, "body": deep}, {"type": "send_interactive_msg", "id": 1, "text": deep}]

    conversation = talk(flow(node("a", *actions)))

    assert conversation.last.state.status == "completed"


@pytest.mark.parametrize(
    "strange",
    [
        {"nodes": 5},
        {"nodes": [5, None, "x", []]},
        {"nodes": [{"uuid": "a", "actions": "x", "exits": {}, "router": []}]},
        {"nodes": [{"uuid": {"a": 1}}]},
        {"nodes": [node("a", {"type": ["send_msg"], "text": {"a": 1}})]},
        {"nodes": [node("a", {"type": "send_msg", "text": 5, "quick_replies": [{}, [], None]})]},
        {"nodes": [node("a")], "localization": {"hi": {"a-0": {"text": 5}}, "en": []}},
        {"nodes": [node("a")], "_ui": {"nodes": {"a": {"position": {"top": "x"}}}}},
        {"nodes": [node("a")], "expire_after_minutes": "9" * 5000},
        {"nodes": [node("a")], "spec_version": ["13"], "language": 7, "type": None},
    ],
)
def test_a_definition_of_any_shape_is_read_or_refused(strange: dict[str, Json]) -> None:
    try:
        built = compile_flow({"uuid": "f", "name": "F", **strange})
    except FlowInvalid as fault:
        assert fault.problems
    else:
        assert Conversation(built, assets(built)).start() is not None


def test_a_pattern_in_a_router_is_bounded() -> None:
    evil = [("has_pattern", ["(.{0,999}z){1,999}"], "A"), ("has_pattern", ["(a+)+$"], "B")]
    conversation = talk(flow(node("w", router=asks(*evil), ways={"A": None, "B": None, "C": None})))

    started = perf_counter()
    conversation.say("a" * 100_000 + "!")

    assert perf_counter() - started < SOON_S


def test_a_pattern_is_read_up_to_its_longest() -> None:
    assert compile_pattern("a" * MAX_PATTERN_CHARS) is not None
    assert compile_pattern("a" * (MAX_PATTERN_CHARS + 1)) is None


def test_a_phone_number_is_looked_for_in_the_beginning_alone() -> None:
    router = asks(("has_phone", [], "Yes"))
    conversation = talk(flow(node("w", router=router, ways={"Yes": None, "No": None})))

    started = perf_counter()
    conversation.say("1 " * 100_000)

    assert perf_counter() - started < SOON_S


def test_the_templates_of_a_sprint_have_a_budget_together() -> None:
    """One template may use 20,000 operations, and a sprint could hold thousands of such templates."""
    greedy = '@(foreach(split(repeat("a ", 4000), " "), (x) => upper(repeat("b", 9000))))'
    costly = [{"type": "set_run_result", "name": "x", "value": greedy}] * 99
    nodes = [node(str(number), *costly, to=str(number + 1)) for number in range(20)]
    conversation = Conversation(built := flow(*nodes, node("20", says("@(1 + 1)"))), assets(built))

    started = perf_counter()
    conversation.start()

    assert perf_counter() - started < 3 * SOON_S
    codes = [event.to_json()["code"] for event in conversation.events if event.type == "error"]
    assert codes == ["expression:too_complex"] * (20 * 99 + 1) + ["msg:empty"]


# -- answers of webhooks


def after(body: Json, *actions: dict[str, Json]) -> Conversation:
    built = flow(node("a", CALL, *actions))
    conversation = Conversation(built, assets(built), webhook=lambda effect: (200, body))
    started = perf_counter()
    conversation.start()
    assert perf_counter() - started < SOON_S
    stored = json.dumps(conversation.last.state.to_json())
    assert SessionState.from_json(json.loads(stored)).to_json() == json.loads(stored)
    return conversation


@pytest.mark.parametrize(
    "body",
    [
        DEEP_LIST,
        DEEP_OBJECT,
        '{"a": ' + "[" * 200 + "]" * 200 + "}",
        '{"a": ' + "9" * 100_000 + "}",
        '{"a": "' + "[" * 100_000 + '"}',
        "[" * 100_000,
    ],
    ids=lambda body: body[:12],
)
def test_an_answer_of_any_depth_is_taken_or_fails(body: str) -> None:
    conversation = after(
        body, says("@results.w.category @results.w.a @webhook.json @(json(webhook))")
    )

    assert conversation.last.state.status == "completed"
    assert len(conversation.transcript[0][1]) <= 10_000


@pytest.mark.parametrize(
    "number", ["1e999", "-1e999", "1e-999", "1e308", "9" * 4000, "NaN", "Infinity"]
)
def test_an_answer_with_a_huge_number_is_shown_soon(number: str) -> None:
    conversation = after(
        f'{{"a": {number}}}', says("n: @results.w.a @(default(webhook.json.a + 1, 0))")
    )

    assert conversation.last.state.status == "completed"


def test_members_of_an_answer_do_not_reach_python() -> None:
    body = {"__class__": {"__mro__": "mine"}, "__default__": "shown"}

    conversation = after(
        body, says("@results.w.__class__.__mro__ @results.w.__init__ @results.w.x")
    )

    assert conversation.transcript[0][1] == "mine @results.w.__init__ @results.w.x"


# -- what a contact wrote


@pytest.mark.parametrize("wrote", WROTE)
def test_what_a_contact_wrote_is_never_evaluated(wrote: str) -> None:
    store: list[dict[str, Json]] = [
        {"type": "set_run_result", "name": "Copy", "value": "@results.said"},
        {"type": "set_contact_field", "field": {"key": "age_group"}, "value": "@results.copy"},
        {"type": "set_contact_name", "name": "@(results.copy)"},
        {**CALL, "body": json.dumps({"said": "@results.copy"})},
        {"type": "send_interactive_msg", "id": 1, "text": _choices("@results.copy")},
        says("1 @results.copy"),
        says("2 @contact.name"),
        says("3 @fields.age_group"),
        says("4 @(results.copy)"),
        says("5 <%= @results.copy %>"),
        says("6 @input.text", quick_replies=["@results.copy"]),
    ]
    built = flow(
        node("w", router=asks(("has_text", [], "Any"), result="Said"), ways={"Any": "s", "O": "s"}),
        node("s", *store, to="c"),
        node(
            "c",
            router={"operand": "@results.copy", "cases": [("has_pattern", ["@results.copy"], "X")]},
            ways={"X": None, "Other": None},
        ),
    )
    conversation = Conversation(built, assets(built), webhook=lambda effect: (200, {}))
    conversation.start()

    said = conversation.say(wrote)

    assert [text for text in said if text[:2].strip().isdecimal()] == [
        f"{number} {wrote}" for number in range(1, 7)
    ]
    effect: Any = conversation.effects[0]
    assert json.loads(effect.body)["said"] == wrote
    assert wrote in "\n".join(text for text in said if not text[:2].strip().isdecimal())


def _choices(text: str) -> str:
    content = {"type": "text", "text": text}
    options = [{"type": "text", "title": "Yes"}]
    return json.dumps({"type": "quick_reply", "content": content, "options": options})


@pytest.mark.parametrize("wrote", WROTE)
def test_a_contacts_name_is_never_evaluated(wrote: str) -> None:
    built = flow(node("a", says("Hi @contact.name"), says("Hi @(upper(contact.name))")))

    conversation = Conversation(built, assets(built), Contact(uuid="c", name=wrote))

    assert conversation.start() == [f"Hi {wrote}", f"Hi {wrote.upper()}"]
