"""Definitions of older versions of the specification, made new by pure steps (catalogue 1).

`upgrade` does what goflow does, step by step. `modernize` is what flows are read with: Glific's editor
writes a new `spec_version` over any shape, so it goes by shapes and loses nothing that a person wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from flows.migrations import (
    v13_1_0,
    v13_2_0,
    v13_3_0,
    v13_4_0,
    v13_5_0,
    v13_6_0,
    v13_6_1,
    v14_0_0,
    v14_1_0,
    v14_2_0,
    v14_3_0,
    v14_3_1,
    v14_4_0,
    v14_4_1,
    v14_4_2,
)
from flows.migrations.draft import Dict, Draft, TooDeep, copied
from flows.migrations.names import derived_uuid
from flows.values import Json

__all__ = ["NEWEST", "Step", "TooDeep", "Version", "modernize", "read_version", "upgrade"]

Version = tuple[int, int, int]


class Step(NamedTuple):
    """One step; `by_shape` says that its work shows in the definition, so that it may be done again."""

    version: Version
    upgrade: Callable[[Draft], None]
    by_shape: bool = True


STEPS: tuple[Step, ...] = (
    Step(v13_1_0.VERSION, v13_1_0.upgrade),
    Step(v13_2_0.VERSION, v13_2_0.upgrade),
    Step(v13_3_0.VERSION, v13_3_0.upgrade, by_shape=False),
    Step(v13_4_0.VERSION, v13_4_0.upgrade),
    Step(v13_5_0.VERSION, v13_5_0.upgrade),
    Step(v13_6_0.VERSION, v13_6_0.upgrade),
    Step(v13_6_1.VERSION, v13_6_1.upgrade),
    Step(v14_0_0.VERSION, v14_0_0.upgrade),
    Step(v14_1_0.VERSION, v14_1_0.upgrade),
    Step(v14_2_0.VERSION, v14_2_0.upgrade),
    Step(v14_3_0.VERSION, v14_3_0.upgrade),
    Step(v14_3_1.VERSION, v14_3_1.upgrade),
    Step(v14_4_0.VERSION, v14_4_0.upgrade),
    Step(v14_4_1.VERSION, v14_4_1.upgrade),
    Step(v14_4_2.VERSION, v14_4_2.upgrade),
)

NEWEST: Version = STEPS[-1].version


def upgrade(
    definition: Mapping[str, Json],
    to: Version = NEWEST,
    new_uuid: Callable[[str], str] = derived_uuid,
) -> Dict:
    """Give the definition as goflow would make it of the version `to`. Raises TooDeep."""
    draft = Draft(copied(definition), new_uuid, is_lossless=False)
    since = read_version(definition)
    for step in STEPS:
        if since < step.version <= to:
            step.upgrade(draft)
            draft.data["spec_version"] = ".".join(map(str, step.version))
    return draft.data


def modernize(definition: Mapping[str, Json]) -> Dict:
    """Give the definition in the newest shapes, with all its texts and languages. Raises TooDeep.

    A definition without a version is taken for a new one. `spec_version` stays as it was.
    """
    draft = Draft(copied(definition), derived_uuid)
    since = read_version(definition)
    for step in STEPS:
        if step.by_shape or since < step.version:
            step.upgrade(draft)
    return draft.data


def read_version(definition: Mapping[str, Json]) -> Version:
    """Give the version that the definition says it has: "13.1" is 13.1.0, and no version the newest."""
    parts = str(definition.get("spec_version") or "").split(".")
    if not 1 <= len(parts) <= 3 or not all(part.isdecimal() and len(part) < 4 for part in parts):
        return NEWEST
    first, second, third = [*map(int, parts), 0, 0][:3]
    return first, second, third
