"""What a hostile author, or a hostile contact through an author's template, may try: it ends, soon."""

from __future__ import annotations

from time import perf_counter

import pytest

from flows.environment import Environment
from flows.expressions.scope import Scope
from flows.expressions.template import compile_template
from flows.expressions.values import to_text
from flows.limits import MAX_TEMPLATE_CHARS, MAX_TEXT_CHARS
from tests.flows.shared import NOW

#: Seconds. Each takes milliseconds; without a bound each would take minutes or the machine's memory.
SOON_S = 3


def scope(**values: object) -> Scope:
    env = Environment(now=NOW, new_uuid=lambda: "u")
    known = {"name": "Asha", "groups": [{"n": 1}], **values}
    return Scope(
        env, {"contact": lambda: known, "results": lambda: known, "webhook": lambda: known}
    )


def evaluate(source: str, **values: object) -> tuple[str, list[str]]:
    started = perf_counter()
    text, errors = compile_template(source).text(scope(**values))
    assert perf_counter() - started < SOON_S
    assert len(text) <= MAX_TEXT_CHARS
    return text, [error.text for error in errors]


@pytest.mark.parametrize(
    "expression",
    [
        "contact.__class__",
        "contact.__class__.__mro__",
        'contact["__class__"].x',
        'contact["__init__"]["__globals__"]["os"].x',
        "contact.groups.__len__",
        "contact.name.__class__",
        '"x".upper',
        "(1).real",
        "upper.__globals__",
        "upper.call",
        "upper.call.__globals__",
        'extract(contact, "__class__").x',
        "now().tzinfo",
        "((x) => x).__code__",
        "array(1).append",
        'object("a", 1).items()',
        "__import__",
        '__import__("os")',
        "contact.__default__",
        'eval("1")',
        'open("/etc/passwd")',
    ],
)
def test_nothing_of_python_can_be_reached(expression: str) -> None:
    text, errors = evaluate(f"@({expression})")

    assert (text, len(errors)) == ("", 1)


def test_a_simple_variable_of_python_stays_text() -> None:
    for source in ("@contact.__class__", "@results.__init__.__globals__", "@contact.name.__doc__"):
        assert evaluate(source) == (source, [])


@pytest.mark.parametrize(
    "expression",
    [
        # patterns
        'regex_match(repeat("a", 10000), "(a?){500}a{500}b")',
        'regex_match(repeat("a", 10000), "(x{1000}){1000}")',
        'regex_match("a", repeat("(a|", 5000))',
        'has_pattern(repeat("a", 10000), "(.{0,300}z){1,3}").match',
        'foreach(split(repeat("a ", 2000), " "), (x) => has_phone(repeat("1 ", 2000)))',
        'foreach(split(repeat("a ", 2000), " "), (x) => regex_match(repeat("a", 9999), "(a*)*b"))',
        'parse_datetime(repeat("1", 90) & "x", repeat("Dh", 45))',
        # recursion
        "((f) => f(f))((f) => f(f))",
        "((f, n) => f(f, n))((f, n) => if(n, f(f, n + 1), f(f, n + 2)), 1)",
        "(" * 200 + "1" + ")" * 200,
        "-" * 5000 + "1",
        "upper(" * 2000 + '"a"' + ")" * 2000,
        "(x) => " * 500 + "x",
        "array(1)" + "[0]" * 6000,
        "contact" + ".name" * 3000,
        # size
        'repeat("x", 1000000)',
        'repeat(repeat("x", 10000), 10000)',
        'replace(repeat("a", 9000), "a", repeat("b", 9000))',
        'join(split(repeat("a ", 4000), " "), repeat("b", 9000))',
        'foreach(split(repeat("a ", 4000), " "), (x) => foreach(split(repeat("a ", 4000), " "), (y) => y))',
        "((d) => " + "d(" * 40 + '"ab"' + ")" * 40 + ")((x) => x & x)",
        "((d) => " + "d(" * 40 + "1" + ")" * 40 + ")((x) => array(x, x))",
        "((d) => " + "d(" * 40 + "1" + ")" * 40 + ')((x) => object("a", x, "b", x))',
        "json(" * 45 + '"\\""' + ")" * 45,
        'html_decode(repeat("&amp;", 100000))',
        # numbers
        "9 ^ 99999",
        "10 ^ 100 ^ 100",
        "1" + "0" * 5000,
        'number(repeat("9", 5000))',
        "round(1, 2147483647)",
        "format_number(1, 2147483647)",
        'parse_json("1e999999999") + 1',
        'parse_json(repeat("[", 5000)).x',
        'parse_json(repeat("{\\"a\\":", 900)).x',
        'datetime_add("9999-12-31", 1, "D")',
        "datetime_from_epoch(10 ^ 40)",
        "char(99999999999)",
    ],
    ids=lambda expression: expression[:40],
)
def test_what_costs_too_much_is_an_error(expression: str) -> None:
    text, errors = evaluate(f"@({expression})")

    assert (text, len(errors)) == ("", 1)


def test_long_chains_are_worked_through_without_a_stack() -> None:
    assert evaluate("@(" + "1 + " * 2000 + "1)") == ("2001", [])
    assert evaluate("@(0" + " & 1" * 500 + ")") == ("0" + "1" * 500, [])


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ('regex_match(repeat("a", 10000), "(a+)+$b")', ""),
        ('regex_match(repeat("a", 10000), "(a|a)*$") = repeat("a", 10000)', "true"),
        ("text_length(" + "url_encode(" * 45 + '"%"' + ")" * 46, "91"),
        ("10 ^ (-100) ^ 100", "0"),
        ("1 / 10 ^ 100 / 10 ^ 100", "ERROR"),
    ],
)
def test_what_looks_costly_is_done_when_it_is_not(expression: str, text: str) -> None:
    given, errors = evaluate(f"@({expression})")

    assert (given or "ERROR" * len(errors)) == text


@pytest.mark.parametrize(
    "source",
    [
        "@(" * 10_000,
        "@(@(" * 5_000,
        '@("' * 6_000,
        "<%=" * 6_000,
        "<%= " * 4_000 + "%>",
        "@" * 20_000,
        "@contact." * 2_000,
        "@(" + "(" * 9_000 + ")" * 9_000 + ")",
        "@(" + '"' * 9_999 + ")",
        "@(" + "array(" * 3_000,
        "<%= " + "(" * 9_000 + " %>",
        '<%= "' + "#{" * 9_000 + '" %>',
        "@(" + "(a, " * 4_000 + ")",
    ],
    ids=lambda source: source[:20],
)
def test_any_text_is_read_soon(source: str) -> None:
    evaluate(source)


def test_a_template_that_is_too_long_is_cut_and_told() -> None:
    template = compile_template("x" * (MAX_TEMPLATE_CHARS + 1))

    assert template.text(scope()) == ("x" * MAX_TEMPLATE_CHARS, ())
    assert template.faults == (
        f"{'x' * 20}...: the template is longer than {MAX_TEMPLATE_CHARS} characters",
    )


def test_a_large_value_many_times_is_cut() -> None:
    text, errors = evaluate("@webhook.big " * 1_400, big="b" * 90_000)

    assert (len(text), errors) == (MAX_TEXT_CHARS, [])


def test_a_deep_value_is_shown_without_a_stack() -> None:
    deep: object = "end"
    for _ in range(50_000):
        deep = [deep]

    assert evaluate("@webhook.deep", deep=deep)[1] == []
    assert to_text(deep).startswith("[[[[")
    assert evaluate("@(json(webhook.deep))", deep=deep)[1] == []


def test_an_error_is_told_again_after_the_budget_is_used_up() -> None:
    """One greedy expression leaves nothing for the others of its template."""
    greedy = '@(foreach(split(repeat("a ", 4000), " "), (x) => upper(repeat("b", 9000))))'

    text, errors = evaluate(f"{greedy} @(1 + 1) @contact.name")

    assert text == "  Asha"
    assert [error.rpartition(": ")[2] for error in errors] == ["the expression is too complex"] * 2


@pytest.mark.parametrize(
    "wrote",
    ["@contact.name", "@(1 + 1)", "<%= 1 + 1 %>", "@@", "@(", '" & contact.name & "', "{{name}}"],
)
def test_what_a_contact_wrote_is_shown_and_not_evaluated(wrote: str) -> None:
    for source in (
        "@results.wrote",
        "@(results.wrote)",
        '@(results.wrote & "")',
        "@(text(array(results.wrote)[0]))",
        "<%= @results.wrote %>",
        '<%= "@results.wrote" %>',
    ):
        assert evaluate(source, wrote=wrote) == (wrote, [])


def test_a_pattern_that_a_contact_wrote_is_bounded_too() -> None:
    for wrote in ("(a+)+$", "(((((a{1,99}){1,99}){1,99}", "[", "a" * 50_000, "(?:a?){1000}" * 50):
        text, _ = evaluate("@(regex_match(contact.name, contact.wrote))", wrote=wrote)

        assert text in ("", "a")
