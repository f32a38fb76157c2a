"""Help for what expressions may name, from the documentation of the language."""

from __future__ import annotations

from typing import Any

from flows.docs.cases import CASES
from flows.docs.functions import FUNCTIONS
from flows.docs.table import Entry
from flows.docs.variables import VARIABLES

Json = dict[str, Any]

#: Root -> its type.
_KINDS = {
    "contact": "contact", "fields": "fields", "urns": "urns", "results": "results",
    "locals": "any", "input": "input", "run": "run", "flow": "flow", "node": "node",
    "child": "related_run", "parent": "related_run", "trigger": "trigger", "resume": "resume",
    "webhook": "any", "legacy_extra": "any", "ticket": "ticket", "globals": "globals",
    "global": "globals", "calendar": "calendar",
}  # fmt: skip
ROOT: tuple[Json, ...] = tuple(
    {"key": entry.name, "help": entry.says, "type": _KINDS[entry.name]} for entry in VARIABLES
)
#: Roots that mean something where no session is.
WITHOUT_SESSION = frozenset({"contact", "fields", "urns", "globals", "global", "calendar"})


def _test(entry: Entry) -> Entry:
    """A case test as a function: its first argument is what the router would give it."""
    name, _, arguments = entry.shape.partition("(")
    more = "" if arguments == ")" else ", "
    return Entry(name, f"{name}(value{more}{arguments}", entry.says, ())


_FUNCTIONS = {entry.name: entry for entry in (*map(_test, CASES), *FUNCTIONS)}


def function_help(name: str) -> Json:
    """A function as the editor shows it: how it is written, what it does, and what comes of it."""
    entry = _FUNCTIONS[name]
    summary, dot, detail = entry.says.partition(". ")
    return {
        "signature": entry.shape,
        "summary": summary + dot.strip(),
        "detail": detail,
        "examples": [
            {"template": f"@({example.source})", "output": example.gives}
            for example in entry.examples
        ],
    }
