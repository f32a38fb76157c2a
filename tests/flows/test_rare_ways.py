"""What is rarely met: values at their bounds, conversations that go wrong, definitions half drawn."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from flows import Environment, FlowInvalid, FlowTrigger, Interrupted, resume, start
from flows.conversations import ScriptFault, assets_of, play, read_scripts
from flows.conversations.surroundings import Overlay
from flows.definition.difference import Change, Difference, compare
from flows.expressions.closures import cost
from flows.expressions.dates import parse_datetime, to_date, to_time
from flows.expressions.lexer import SyntaxFault, tokenize
from flows.expressions.scope import Scope
from flows.expressions.template import compile_template
from flows.expressions.values import ExprError, kind_of, to_text, wrap
from flows.expressions.weight import weigh
from flows.limits import MAX_ITEMS, MAX_TEMPLATE_CHARS, MAX_VALUE_WEIGHT
from flows.migrations import upgrade
from flows.simulator import Conversation
from flows.trace import shown
from tests.flows.build import asks, definition, flow, node, says
from tests.flows.shared import NOW, assets, talk

# -- values


def env(**more: Any) -> Environment:
    return Environment(now=NOW, new_uuid=lambda: "u", timezone="Asia/Kolkata", **more)


def give(template: str, **roots: Any) -> tuple[str, bool]:
    """The text, and whether something went wrong."""
    scope = Scope(env(), {name: lambda value=value: value for name, value in roots.items()})
    text, errors = compile_template(template).text(scope)
    return text, bool(errors)


MANY = ["x"] * (MAX_ITEMS // 2 + 1)
CHILD = {"__default__": "Asha", "name": "Asha", "age": "12"}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("@(foreach_value(child, (x) => upper(x)))", "{age: 12, name: ASHA}"),
        ("@(foreach(array(1, 2), (x) => child.name & x))", "[Asha1, Asha2]"),
        ("@(foreach(array(1), (x) => foreach(array(2), (y) => x + y)))", "[[3]]"),
        ("@(foreach(array(1), (x) => foreach(array(2), (y) => child.age + y)))", "[[14]]"),
    ],
)
def test_a_value_that_stands_for_an_object_or_in_a_function_is_found(
    template: str, text: str
) -> None:
    assert give(template, child=CHILD) == (text, False)


def test_lists_that_are_too_long_together_are_not_joined() -> None:
    assert give("@(concat(many, many))", many=MANY)[1] is True


def test_moments_days_and_times_become_each_other() -> None:
    moment = datetime(2026, 1, 1, 9, 30, tzinfo=UTC)

    assert (to_date(moment, env()), to_time(moment, env())) == (date(2026, 1, 1), time(9, 30))
    assert isinstance(to_time(True, env()), ExprError)


def test_a_day_that_begins_with_its_day_is_read_where_years_come_first() -> None:
    found = parse_datetime("05-11-2025", env(date_format="YYYY-MM-DD"))

    assert found is not None
    assert found.date() == date(2025, 11, 5)


def test_what_is_too_heavy_is_weighed_no_further() -> None:
    heavy = ["x" * MAX_VALUE_WEIGHT, "x"]

    assert (weigh(heavy), cost(heavy)) == (None, MAX_ITEMS)
    assert weigh([["a"], {"k": "b"}]) is not None


def test_an_expression_that_is_too_long_is_not_read() -> None:
    with pytest.raises(SyntaxFault, match="too long"):
        tokenize("1" * (MAX_TEMPLATE_CHARS + 1))


def test_a_value_without_end_is_written_as_far_as_it_goes() -> None:
    deep: Any = "x"
    for _ in range(100):
        deep = [deep]

    assert "x" not in to_text(deep)
    assert (wrap((1, 2)), kind_of(object())) == ([1, 2], "value")  # type: ignore[arg-type]  # no value of ours


def test_a_trace_shows_what_an_object_stands_for_and_lists_in_part() -> None:
    assert shown(CHILD) == "Asha"
    assert shown([[1], {"a": [2]}], 1) == ["[…]", "{…}"]
    assert shown({"a": {"b": 1}}, 1) == {"a": "{…}"}


# -- sessions


def test_a_session_of_another_flow_and_its_interruption_say_why_in_the_trace() -> None:
    asking = flow(node("a", router=asks(), ways={"All": None}))
    known = assets(asking)

    traced = env(tracing=True)
    contact = Conversation(asking, known).contact
    begun = start(known, contact, FlowTrigger("flow", {"flow": {"name": "Parent"}}), traced)
    ended = resume(begun.state, known, begun.contact, Interrupted("optout"), traced)

    assert ended.state.end_reason == "optout"
    assert begun.trace[0].data == {"cause": "flow", "parent": "Parent"}
    assert ended.trace[0].data == {"cause": "interrupted", "reason": "optout"}


def test_an_open_ticket_is_nothing_where_there_is_none() -> None:
    conversation = talk(flow(node("a", says("[@(ticket)]"))))

    assert [event.text for event in conversation.events if event.type == "msg_created"] == ["[]"]


def test_a_random_split_without_categories_goes_nowhere() -> None:
    empty = {
        "uuid": "a",
        "actions": [],
        "exits": [],
        "router": {"type": "random", "categories": []},
    }

    assert talk(flow(empty, node("b"))).is_over


# -- conversations as text


def greeting() -> Any:
    return flow(
        node("q", says("Who?"), router=asks(result="name"), ways={"All": "bye"}),
        node("bye", says("Bye @globals.team")),
    )


def report_of(text: str) -> Any:
    built = greeting()
    (script,) = read_scripts(text)
    return play(script, built, assets_of([built]))


def test_a_conversation_sets_what_the_organization_has() -> None:
    assert report_of("global team Asha\n> go\n< Who?\n> Ravi\n< Bye Asha").message == ""


def test_a_group_that_is_not_there_fails_the_conversation() -> None:
    built = greeting()
    (script,) = read_scripts("contact group Nobody\n> go\n< Who?")

    assert play(script, built, assets(built)).message == "there is no group Nobody"


def test_an_overlay_gives_the_flow_that_is_tested_by_name() -> None:
    tested, other = greeting(), flow(node("a"), uuid="other")
    over = Overlay(assets(other), tested)

    assert (over.flow_by_name("FLOW"), over.flow_by_name("Other")) == (tested, other)


def test_a_line_that_checks_nothing_is_refused() -> None:
    with pytest.raises(ScriptFault, match="an expression is expected"):
        read_scripts("> go\n= @@ x")


def test_too_many_conversations_are_refused() -> None:
    with pytest.raises(ScriptFault, match="more than"):
        read_scripts("\n".join(f"# {number}\n> go" for number in range(1000)))


# -- definitions


def test_a_comparison_names_a_node_without_anything_and_what_was_added() -> None:
    empty = {"uuid": "node-0001", "actions": [], "exits": []}

    found = compare(definition(), definition(empty))

    assert [(node.kind, node.title) for node in found.nodes] == [("added", "an empty node")]
    told = Difference((Change("name", None, "A"), Change("type", "B", None)), ())
    assert list(told.lines) == ["+ flow name: A", "- flow type: B"]


@pytest.mark.parametrize(
    ("case", "trouble"),
    [
        (("no_such_case", [], "Other"), "there is no case no_such_case"),
        (("has_text", ["x"] * 1000, "Other"), "too many arguments"),
    ],
)
def test_a_case_that_cannot_be_read_is_a_fault_of_its_flow(
    case: tuple[str, list[str], str], trouble: str
) -> None:
    with pytest.raises(FlowInvalid, match=trouble):
        flow(node("a", router=asks(case), ways={"Other": None}))


def test_older_definitions_of_another_shape_are_left_as_they_are() -> None:
    odd = node("a", {"type": "open_ticket", "result_name": "t", "quick_replies": [7]})
    odd["router"] = {"type": "switch", "operand": "@results.t", "cases": ["odd"]}

    newest = upgrade(definition(odd, spec_version="13.0.0", language="eng"))

    assert newest["nodes"][0]["router"]["cases"] == ["odd"]
