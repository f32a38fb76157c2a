"""`python -m tests.xmpp.clauses`: docs/clauses.md, made from the first lines of the scripts.

A script's first line names the clauses that it holds to and says the rule. The page lists, for
each specification, its clauses in their order and the scripts for each.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "clauses.md"
SCRIPTS: Final = Path(__file__).parent / "scripts"
#: What is covered clause by clause, in this order; the rest follows by name.
FIRST: Final = ("RFC 6120", "RFC 6121", "XEP-0045", "XEP-0198", "XEP-0280", "XEP-0313")
OWN: Final = "Our own"
_DOCUMENT: Final = re.compile(r"(?:^|, )((?:RFC \d+|XEP-\d{4}|MUC Light|MUC/Sub|inbox:0))")
_HEAD: Final = """# Which conversation holds to which clause

Made from the first lines of `tests/xmpp/scripts` by `python -m tests.xmpp.clauses`; a test fails
when this page is stale. Every script runs on one node and on two.

"""


def page() -> str:
    """The page as it should be."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    rules: dict[str, str] = {}
    for path in sorted(SCRIPTS.glob("*.txt")):
        documents, rules[path.stem] = read_head(path.read_text().partition("\n")[0])
        for document, clause in documents:
            found[document][clause].append(path.stem)
    names = sorted(found, key=_order)
    counts = ", ".join(f"{name} {len(_scripts(found[name]))}" for name in FIRST)
    parts = [_HEAD, f"{len(rules)} scripts: {counts}; a script may stand under several.\n"]
    for name in names:
        parts.append(f"\n## {name}\n\n| clause | script | rule |\n|---|---|---|\n")
        for clause in sorted(found[name], key=_clause_order):
            for stem in found[name][clause]:
                parts.append(f"| {clause or '-'} | `{stem}` | {rules[stem]} |\n")
    return "".join(parts)


def read_head(line: str) -> tuple[list[tuple[str, str]], str]:
    """Documents and clauses of a first line, and its rule."""
    head, _, rule = line.removeprefix("# ").partition(": ")
    found: list[tuple[str, str]] = []
    pieces = _DOCUMENT.split(head)[1:]
    for document, clauses in zip(pieces[::2], pieces[1::2], strict=True):
        listed = re.split(r", and |, | and ", clauses.strip()) if clauses.strip() else [""]
        found += [(document, clause) for clause in listed]
    # What no document asks for is the product's own.
    return (found, rule) if found else ([(OWN, "")], line.removeprefix("# "))


def _scripts(clauses: dict[str, list[str]]) -> set[str]:
    return {stem for stems in clauses.values() for stem in stems}


def _order(name: str) -> tuple[int, str]:
    return (FIRST.index(name) if name in FIRST else len(FIRST), name)


def _clause_order(clause: str) -> list[tuple[int, str]]:
    """Numbers by their value, appendices after them."""
    parts = clause.partition(" to ")[0].split(".")
    return [(int(part), "") if part.isdigit() else (1000, part) for part in parts]


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
