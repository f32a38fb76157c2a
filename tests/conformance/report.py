"""What a run over somebody else's examples found, and the first difference between two values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


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
