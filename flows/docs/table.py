"""A table of things to be known: how each is written, what it says, and examples with what they give."""

from __future__ import annotations

from dataclasses import dataclass

_ARROW = " -> "


@dataclass(frozen=True, slots=True)
class Example:
    """What is written, and what comes of it."""

    source: str
    gives: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing by its name; `shape` is how it is written."""

    name: str
    shape: str
    says: str
    examples: tuple[Example, ...]


def read_table(text: str) -> tuple[Entry, ...]:
    """Give the entries of a table.

    An entry begins at the margin with its shape. Indented lines follow: sentences, then examples, which
    have an arrow. The last arrow of a line counts.
    """
    entries: list[Entry] = []
    shape, says, examples = "", list[str](), list[Example]()
    for line in [*text.strip().splitlines(), "end"]:
        if line.startswith("    "):
            source, arrow, gives = line.strip().rpartition(_ARROW)
            if arrow:
                examples.append(Example(source, gives))
            else:
                says.append(line.strip().removesuffix(" ->"))
        elif line:
            if shape:
                name = shape.partition("(")[0]
                entries.append(Entry(name, shape, " ".join(says), tuple(examples)))
            shape, says, examples = line, [], []
    return tuple(entries)
