"""What a run over somebody else's examples found, and the first difference between two values."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def read(path: Path) -> Any:
    """Give the JSON of a file; ValueError says which file is not there or cannot be read, and why."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise ValueError(f"{path.name} cannot be read: {fault}") from fault


def guarded(run: Callable[..., str | None], *given: Any) -> str | None:
    """Give the case's first difference; a case that cannot be run at all fails with the fault's text.

    The cases are other people's: whatever one of them sets off, the next ones are still run.
    """
    try:
        return run(*given)
    except Exception as fault:
        return f"{type(fault).__name__}: {fault}"


def refuse(sentence: str) -> int:
    """Say what is wrong with what the command was given; the exit code of a wrong use."""
    print(sentence, file=sys.stderr)
    return 2


@dataclass
class Report:
    """`failures` has a line for each example that did not pass."""

    family: str
    passed: int = 0
    total: int = 0
    failures: list[str] = field(default_factory=list)

    def note(self, name: str, difference: str | None) -> None:
        """Count one example; `difference` None says that it passed."""
        self.total += 1
        if difference is None:
            self.passed += 1
        else:
            self.failures.append(f"{name}: {difference}")

    def show(self) -> str:
        return "\n".join([*self.failures, f"{self.family}: {self.passed}/{self.total}"])


def first_difference(expected: Any, given: Any, path: str = "$") -> str | None:
    """Say where two JSON values differ first, None when they are the same."""
    if isinstance(expected, dict) and isinstance(given, dict):
        for key in sorted(expected.keys() | given.keys()):
            if key not in given:
                return f"{path}.{key} is missing, expected {expected[key]!r}"
            if key not in expected:
                return f"{path}.{key} is not expected, it is {given[key]!r}"
            found = first_difference(expected[key], given[key], f"{path}.{key}")
            if found:
                return found
        return None
    if isinstance(expected, list) and isinstance(given, list) and len(expected) == len(given):
        pairs = zip(expected, given, strict=True)
        found_items = (first_difference(e, g, f"{path}[{i}]") for i, (e, g) in enumerate(pairs))
        return next((found for found in found_items if found), None)
    same = type(expected) is type(given) and expected == given
    return None if same else f"{path} is {given!r}, expected {expected!r}"
