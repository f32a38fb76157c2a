"""The page about the language of flows, made of the tables."""
# ruff: noqa: E501  # sentences of the page

from __future__ import annotations

from collections.abc import Sequence

from flows.actions import ACTIONS as KNOWN_ACTIONS
from flows.cases import CASES as KNOWN_CASES
from flows.context import roots
from flows.docs.actions import ACTIONS
from flows.docs.cases import CASES
from flows.docs.functions import FUNCTIONS
from flows.docs.table import Entry, Example
from flows.docs.variables import VARIABLES
from flows.expressions.functions import FUNCTIONS as KNOWN_FUNCTIONS

_HEAD = """\
# The language of flows

<!-- Made from flows/docs by `samvad docs flows`. Change it there: a test compares, and every example is run. -->

A flow is a drawing of nodes. A visit to a node does its **actions** in order, then its **router** chooses an exit: the
first **case** that holds names the category. Texts hold **expressions**: `@results.age` shows a variable,
`@(results.age + 1)` computes, `@@` is an @. What people write is never evaluated.

In the examples the contact is Asha Devi of the group Registered, the moment is 1 January 2026, 9:00 UTC, the
organization's time zone is Asia/Kolkata, and servers answer `{"score": 7, "name": "Asha"}`. `*` stands for any text.
"""

_SEEING = """\
## Seeing inside

Every session keeps a trace of its last 100 sprints for two weeks: why each turn was taken, which nodes were entered, what
every expression gave, which cases were tried with which arguments and what they matched, which webhooks were called, how
they answered and how long they took. Headers of webhooks and variables whose names speak of a secret are not kept.
`TRACE_FLOWS=false` switches traces off.

- `samvad flow trace 42`, or a uuid, or a phone number for its newest session, prints one.
- GraphQL: `flowSession(id: "42") { flowSession { endText trace { number cause entries { kind text data } } } }`;
  `flowSessions` lists them.
- `samvad flow run FILE --trace` shows the same for a walk in the terminal.
- `recordFlowTest` and `samvad flow run FILE --record` make a test of one (docs/flow_tests.md).

Sheets, mail, classifiers, profiles, functions and import: docs/flow_services.md.
"""


def page() -> str:
    """Give the page."""
    parts = [
        _HEAD,
        "## Variables\n",
        *_rows("variable", VARIABLES, at="@"),
        "## Actions\n",
        *(_action(entry) for entry in ACTIONS),
        "## Cases\n",
        "An example shows what the contact writes (or an operand), the case's arguments after bars, and what it\n"
        "matches; `no` when it does not hold.\n",
        *_rows("case", CASES),
        "## Functions\n",
        *_rows("function", FUNCTIONS),
        _SEEING,
    ]
    return "\n".join(parts)


def undocumented() -> list[str]:
    """Give what the engine knows and no table names, and what a table names and the engine does not know."""
    pairs = (
        (set(KNOWN_ACTIONS), ACTIONS),
        (set(KNOWN_CASES), CASES),
        (set(KNOWN_FUNCTIONS) - set(KNOWN_CASES), FUNCTIONS),
        (set(roots()), VARIABLES),
    )
    found: list[str] = []
    for known, entries in pairs:
        found += sorted(known ^ {entry.name for entry in entries})
    return found


def _rows(kind: str, entries: Sequence[Entry], at: str = "") -> list[str]:
    lines = [f"| {kind} | meaning | examples |", "|---|---|---|"]
    for entry in entries:
        shown = "<br>".join(_example(example) for example in entry.examples)
        lines.append(f"| `{at}{entry.shape}` | {_cell(entry.says)} | {shown} |")
    return [*lines, ""]


def _example(example: Example) -> str:
    gives = f"`{_cell(example.gives)}`" if example.gives else "nothing"
    return f"`{_cell(example.source)}` → {gives}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _action(entry: Entry) -> str:
    lines = [f"### {entry.shape}\n", f"{entry.says}\n"]
    for example in entry.examples:
        what = "\n".join(f"- {line}" for line in example.gives.split("; ") if line)
        lines.append(f"```json\n{example.source}\n```\n")
        lines.append(f"{what}\n" if what else "")
    return "\n".join(lines)
