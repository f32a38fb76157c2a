"""What events set off is written on one page, and nothing is forgotten there."""

from __future__ import annotations

import dataclasses
import importlib
from pathlib import Path

from app.reactions import REACTIONS, UNTOLD

ROOT = Path(__file__).resolve().parents[2]


def event_classes() -> set[type]:
    found: set[type] = set()
    for path in sorted((ROOT / "app" / "domain").rglob("events.py")):
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        found |= {
            value
            for value in vars(module).values()
            if dataclasses.is_dataclass(value)
            and isinstance(value, type)
            and value.__module__ == module.__name__
        }
    return found


def test_every_event_is_told_or_said_to_be_untold() -> None:
    """An event without a line would be emitted for ever and reach nobody."""
    assert event_classes() == set(REACTIONS) | set(UNTOLD)
