"""Runs the documented examples of the expression language: `python -m tests.conformance.functions FILE`.

The file is a list of functions (or operators) with `examples`, each a template and its output, ERROR for
any error. What chance gives cannot be the same: such an output must be in the documented range.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import flows.cases  # noqa: F401  # the tests of cases are functions too
from flows.environment import Environment
from flows.expressions.scope import Scope
from flows.expressions.template import compile_template
from flows.expressions.values import parse_number
from tests.conformance.report import Report, guarded, read, refuse

_GROUP = {
    "__default__": "Testers",
    "uuid": "b7cf0d83-f1c9-411c-96fd-c511a4cfa86d",
    "name": "Testers",
}
_CONTACT = {
    "__default__": "Ryan Lewis",
    "uuid": "5d76d86b-3bb9-4d5a-b822-c9d86f5d8e4f",
    "name": "Ryan Lewis",
    "first_name": "Ryan",
    "language": "eng",
    "urn": "tel:+12065551212",
    "urns": ["tel:+12065551212", "twitterid:54784326227#nyaruka", "mailto:foo@bar.com"],
    "fields": {
        "activation_token": "AACC55",
        "age": 23,
        "gender": "Male",
        "join_date": "2017-12-02T00:00:00.000000-02:00",
        "not_set": None,
    },
    "groups": [_GROUP],
}
_URNS = {"tel": "tel:+12065551212", "mailto": "mailto:foo@bar.com"}
_ROOTS = {
    "contact": lambda: _CONTACT,
    "fields": lambda: _CONTACT["fields"],
    "urns": lambda: _URNS,
    "run": dict,
    "results": dict,
}
_RANGE = re.compile(r"@\((rand_between|rand)\(\s*(?:(-?\d+),\s*(-?\d+))?\s*\)\)")


def environment() -> Environment:
    """The moment and place that the examples were written for."""
    return Environment(
        now=datetime(2018, 4, 11, 18, 24, 30, 123456, tzinfo=UTC),
        new_uuid=lambda: "u",
        timezone="America/Guayaquil",
        default_language="eng",
        country="US",
    )


def output(template: str) -> str:
    """Give what the template shows, ERROR when anything in it went wrong."""
    text, errors = compile_template(template).text(Scope(environment(), _ROOTS))
    return "ERROR" if errors else text


def run(file: Path) -> Report:
    """Run every example of the file; ValueError when it is no list of functions."""
    functions = read(file)
    if not isinstance(functions, list):
        raise ValueError(f"{file.name} is no list of functions with their examples")
    report = Report("functions")
    for function in functions:
        examples = function.get("examples") if isinstance(function, dict) else None
        for example in examples or ():
            name = example.get("template", "") if isinstance(example, dict) else str(example)
            report.note(str(name), guarded(_example, example))
    return report


def _example(example: Mapping[str, str]) -> str | None:
    template, expected = example["template"], example["output"]
    given = output(template)
    is_right = given == expected or is_in_range(template, given)
    return None if is_right else f"is {given!r}, expected {expected!r}"


def is_in_range(template: str, given: str) -> bool:
    """Tell whether a template of chance alone gave what the function documents."""
    match, number = _RANGE.fullmatch(template), parse_number(given)
    if match is None or number is None:
        return False
    if match.group(1) == "rand":
        return 0 <= number < 1
    low, high = Decimal(match.group(2)), Decimal(match.group(3))
    return low <= number <= high and number == number.to_integral_value()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("file", type=Path)
    try:
        report = run(parser.parse_args().file)
    except ValueError as fault:
        return refuse(str(fault))
    print(report.show())
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
