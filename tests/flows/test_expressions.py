"""The language of templates: what is text, what is a value, what it may cost."""

from __future__ import annotations

import pytest

from flows.environment import Environment
from flows.expressions.scope import Scope
from flows.expressions.template import compile_template
from tests.flows.shared import NOW

CONTACT = {"__default__": "Asha", "name": "Asha", "fields": {"age": "12"}, "groups": [{"n": 1}]}
RESULTS = {"Age Group": {"__default__": "19", "category": "Adult"}, "web": {"score": 4.5, "n": 3}}


def scope() -> Scope:
    env = Environment(now=NOW, new_uuid=lambda: "u", timezone="Asia/Kolkata")
    return Scope(env, {"contact": lambda: CONTACT, "results": lambda: RESULTS})


def shown(template: str) -> str:
    text, errors = compile_template(template).text(scope())
    return "ERROR" if errors else text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain", "plain"),
        ("Hi @contact.name.", "Hi Asha."),
        ("Hi @contact!", "Hi Asha!"),
        ("@CONTACT.Name", "Asha"),
        ("@results.age_group is @results.age_group.category", "19 is Adult"),
        ("@results.web.score and @results.web.n", "4.5 and 3"),
        ("mail me@example.org @@contact", "mail me@example.org @contact"),
        ("@results.nothing stays", "@results.nothing stays"),
        ("@(1 + 2 * 3) @(-2 ^ 2) @(2 ^ 3 ^ 2)", "7 4 64"),
        ("@(10 / 4)@(1 / 0)", "ERROR"),
        ('@("a" & 1 & true)', "a1true"),
        ('@(upper("a)b"))', "A)B"),
        ("@(foreach(array(1, 2), (x) => x * 10))", "[10, 20]"),
        ("@(contact.fields.age >= 12)", "true"),
        ("@(contact.groups[0].n)@(contact.groups.0.n)", "11"),
        ('@(contact["nothing"])', ""),
        ('@(default(contact.nothing, "none"))', "none"),
        ("@(unfinished", "@(unfinished"),
        ("@(1 +)", "ERROR"),
        ("@(no_such_function(1))", "ERROR"),
        ("<%= rem(@results.web.n * 2 + 1, 6) %>", "1"),
        ('<%= String.upcase("@contact.name") <> "!" %>', "ASHA!"),
        ("<%= if @results.web.n > 2, do: 5, else: 6 %>", "5"),
        ('<%= System.cmd("ls", []) %>', "ERROR"),
    ],
)
def test_a_template_shows(template: str, text: str) -> None:
    assert shown(template) == text


def test_a_single_expression_keeps_its_type() -> None:
    value, errors = compile_template("@(contact.groups)").value(scope())

    assert (value, list(errors)) == ([{"n": 1}], [])


def test_what_a_contact_wrote_is_never_evaluated() -> None:
    wrote = {"input": "@(1 + 1) <%= 1 %> @contact.name"}
    env = Environment(now=NOW, new_uuid=lambda: "u")

    text, errors = compile_template("@results.x.input").text(
        Scope(env, {"results": lambda: {"x": wrote}})
    )

    assert (text, list(errors)) == (wrote["input"], [])


@pytest.mark.parametrize(
    "template",
    [
        "@(" + "(" * 200 + "1" + ")" * 200 + ")",
        "@(" + "-" * 500 + "1)",
        '@(repeat("x", 1000000))',
        "@(10 ^ 100 ^ 100)",
        "@(9 ^ 99999)",
        '@(foreach(split(repeat("a ", 4000), " "), (x) => foreach(split(repeat("a ", 4000), " "), '
        "(y) => y)))",
        '@(replace(repeat("a", 9000), "a", repeat("b", 9000)))',
    ],
)
def test_an_expression_that_costs_too_much_is_an_error(template: str) -> None:
    assert shown(template) == "ERROR"
