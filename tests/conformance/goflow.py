"""Runs goflow's own suites against the engine.

`python -m tests.conformance.goflow DIR [-v]`, where DIR has the folders runner, actions, routers and
migrations. For each family it prints passed/total and the first difference of each failure.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conformance import goflow_cases, goflow_world, migrations


@dataclass(frozen=True)
class Outcome:
    """One case: its name, and how what came out first differs from what was expected ("" not at all)."""

    family: str
    name: str
    difference: str


Family = Callable[[Path], Iterator[tuple[str, str]]]


def _migrations(directory: Path) -> Iterator[tuple[str, str]]:
    """Every case of every version's file."""
    for path in sorted(directory.glob("[0-9]*.json")):
        for number, case in enumerate(goflow_world.load(path), 1):
            name = f"{path.stem} {number}"
            yield name, migrations.difference(case["original"], case["migrated"], path.stem) or ""


#: Folder of the suite -> what runs its files: (name of a case, first difference) for each.
FAMILIES: dict[str, Family] = {
    "runner": goflow_cases.runner,
    "actions": goflow_cases.actions,
    "routers": goflow_cases.routers,
    "migrations": _migrations,
}


def run(directory: Path) -> list[Outcome]:
    """Give the outcome of every case of every family that the directory has."""
    return [
        Outcome(family, name, difference)
        for family, cases in FAMILIES.items()
        if (directory / family).is_dir()
        for name, difference in cases(directory / family)
    ]


def report(outcomes: list[Outcome]) -> str:
    """Give passed/total of each family and the first difference of each failure."""
    lines = []
    for family in dict.fromkeys(outcome.family for outcome in outcomes):
        own = [outcome for outcome in outcomes if outcome.family == family]
        passed = sum(1 for outcome in own if not outcome.difference)
        lines.append(f"{family}: {passed}/{len(own)}")
        lines += [f"  {item.name}: {item.difference}" for item in own if item.difference]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--json", action="store_true", help="print the outcomes as JSON lines")
    given = parser.parse_args()
    outcomes = run(given.directory)
    if given.json:
        for outcome in outcomes:
            print(json.dumps(vars(outcome)))
    else:
        print(report(outcomes))
    sys.exit(1 if any(outcome.difference for outcome in outcomes) else 0)


if __name__ == "__main__":
    main()
