"""Every documented example of the language's functions gives its output."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.environment import Environment
from flows.expressions.scope import Scope
from flows.expressions.template import compile_template
from tests.flows.shared import CONFORMANCE

FILE = CONFORMANCE / "flows" / "functions.json"
_CONTACT = {
    "name": "Ryan Lewis",
    "uuid": "5d76d86b-3bb9-4d5a-b822-c9d86f5d8e4f",
    "urn": "tel:+12065551212",
    "fields": dict.fromkeys("abcde", ""),
    "groups": [{"uuid": "g", "name": "Testers"}],
}
_URNS = {"tel": "tel:+12065551212", "mailto": "mailto:foo@bar.com"}


def outputs(file: Path) -> list[tuple[str, str, str]]:
    """Give template, expected and given output of each example, but those of chance."""
    env = Environment(
        now=datetime(2018, 4, 11, 18, 24, 30, 123456, tzinfo=UTC),
        new_uuid=lambda: "u",
        timezone="America/Guayaquil",
        country="US",
    )
    roots = {"contact": lambda: _CONTACT, "urns": lambda: _URNS, "run": dict}
    found = []
    for function in json.loads(file.read_text()):
        for example in function["examples"]:
            if "rand" in example["template"]:
                continue
            text, errors = compile_template(example["template"]).text(Scope(env, roots))
            given = "ERROR" if errors else text
            found.append((example["template"], example["output"], given))
    return found


@pytest.mark.skipif(not FILE.exists(), reason="the conformance data is not there")
def test_the_documented_examples_hold() -> None:
    wrong = [line for line in outputs(FILE) if line[1] != line[2]]

    assert wrong == []
