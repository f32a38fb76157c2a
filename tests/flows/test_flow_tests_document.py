"""docs/flow_tests.md: its example plays, and it names every line that can be written."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from flows import compile_flow
from flows.conversations import assets_of, play, read_scripts
from flows.conversations.reader import READERS

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "flow_tests.md").read_text(encoding="utf-8")

EXAMPLES = re.findall(r"```conversation (\S+)\n(.*?)```", TEXT, re.DOTALL)
LINES = re.findall(r"^\| (`.+?`) \| ", TEXT, re.MULTILINE)


def test_there_is_an_example() -> None:
    assert len(EXAMPLES) == 1


@pytest.mark.parametrize(("file", "text"), EXAMPLES)
def test_every_example_plays(file: str, text: str) -> None:
    flow = compile_flow(json.loads((ROOT / file).read_text(encoding="utf-8")))

    for script in read_scripts(text):
        assert play(script, flow, assets_of([flow])).message == ""


def written() -> list[str]:
    shown = [part for line in LINES for part in re.findall(r"`(.+?)`", line)]
    return [line.replace("\\|", "|") for line in shown]


@pytest.mark.parametrize("line", written())
def test_every_line_of_the_tables_can_be_read(line: str) -> None:
    read_scripts(f"> x\n{line}\n> y")


def test_every_word_that_begins_a_line_is_explained() -> None:
    assert set(READERS) <= {line.split(" ")[0] for line in written()}
