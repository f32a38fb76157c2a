"""`<%= %>`: what is understood, what is refused and where, and that values stay values."""

from __future__ import annotations

import pytest

from flows import Problem, compile_flow, validate
from flows.environment import Environment
from flows.expressions.scope import Scope
from flows.expressions.template import compile_template
from tests.flows.build import definition, node
from tests.flows.shared import NOW, assets

_RESULTS = {"n": 7, "name": "asha", "rude": '" <> System.cmd("ls") <> @(1 + 1) <%= 1 %>'}


def shown(source: str) -> str:
    env = Environment(now=NOW, new_uuid=lambda: "u")
    scope = Scope(env, {"results": lambda: _RESULTS, "contact": lambda: {"name": "Asha Devi"}})
    text, errors = compile_template(f"<%= {source} %>").text(scope)
    return "ERROR" if errors else text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("rem(@results.n * 2 + 1, 6)", "3"),
        ("1 + 2 * 3 - 4 / 2", "5"),
        ("-(2 + 1) + 5", "2"),
        ("div(-7, 2)", "-3"),
        ("trunc(7.9) + round(2.5) + Float.round(1.26, 1)", "11.3"),
        ("abs(-1) + max(1, 2) + min(1, 2)", "4"),
        ("if @results.n > 5, do: 10, else: 20", "10"),
        ("if(@results.n > 50, do: 10, else: 20)", "20"),
        ("if false, do: 1", ""),
        ('@results.n == 7 and @results.name == "asha"', "true"),
        ("not true or 1 >= 2 || 1 != 2 && !false", "true"),
        ('String.upcase("@contact.name") <> "!"', "ASHA DEVI!"),
        ('"#{@results.n + 1} and @results.name"', "8 and asha"),
        ('@results.name |> String.capitalize() |> String.replace("a", "o")', "Asho"),
        ('String.starts_with?("hello", "he") and String.ends_with?("hello", "lo")', "true"),
        ('String.contains?("hello", "ell")', "true"),
        ('String.slice("hello", -3, 2) <> String.at("hello", 0)', "llh"),
        ('String.length(String.trim("  ab ")) + String.to_integer("5")', "7"),
        ('String.split("a b  c")', "[a, b, c]"),
        ("[1, 2]", "[1, 2]"),
        ("is_nil(nil)", "true"),
        ('to_string(5) <> "x"', "5x"),
        ("@results.nothing + 1", "ERROR"),
    ],
)
def test_the_subset_is_understood(source: str, text: str) -> None:
    assert shown(source) == text


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ('System.cmd("ls", [])', "System.cmd at 1 is not allowed in <%= %>"),
        ('1 + Code.eval_string("1")', "Code.eval_string at 5 is not allowed in <%= %>"),
        ("@contact.name |> File.rm()", "File.rm at 18 is not allowed in <%= %>"),
        (":erlang.halt()", "':' at 1 is not allowed in <%= %>"),
        ("fn x -> x end", "fn at 1 is not allowed in <%= %>"),
        ("x = 1", "'=' at 3 is not allowed in <%= %>"),
        ("1 +", "an end at 4 is not allowed in <%= %>"),
        ("1 2", "2 at 3 is not allowed in <%= %>"),
        ('"unfinished', "'\"' at 1 is not allowed in <%= %>"),
        ('String.pad_leading("1", 9999999)', "String.pad_leading at 1 is not allowed in <%= %>"),
        ('String.upcase("a", "b")', "String.upcase at 1 takes another number of arguments"),
        ("(" * 60 + "1" + ")" * 60, "the expression is nested too deeply"),
        (
            "String.capitalize(" * 20 + '"a"' + ")" * 20,
            "the expression is too long",
        ),
    ],
)
def test_all_else_is_refused_when_the_flow_is_read(source: str, reason: str) -> None:
    value = f"<%={source}%>"
    named = {"type": "set_run_result", "name": "x", "value": value}
    flow = compile_flow(definition(node("a", named)))

    problems = [p for p in validate(flow, assets(flow)) if p.severity == "Critical"]

    message = f"Could not parse {value}: {reason}"
    assert problems == [Problem("Critical", "expression:invalid", message, "a", "a-0")]


def test_what_a_contact_wrote_is_a_value() -> None:
    assert shown("@results.rude") == _RESULTS["rude"]
    assert shown('"@results.rude" <> "!"') == f"{_RESULTS['rude']}!"


def test_an_unfinished_mark_is_text() -> None:
    scope = Scope(Environment(now=NOW, new_uuid=lambda: "u"))

    assert compile_template("a <%= 1 + 1").text(scope) == ("a <%= 1 + 1", ())
