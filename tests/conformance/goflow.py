"""Runs goflow's own suites against the engine.

`python -m tests.conformance.goflow DIR [--json]`, where DIR has the folders runner, actions, routers
and migrations, or some of them, or is one of them. For each family it prints passed/total and the
first difference of each failure. A file that cannot be read is a case that fails.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conformance import goflow_cases, migrations
from tests.conformance.report import refuse


@dataclass(frozen=True)
class Outcome:
    """One case: its name, and how what came out first differs from what was expected ("" not at all)."""

    family: str
    name: str
    difference: str


Family = Callable[[Path], Iterator[tuple[str, str | None]]]


#: Folder of the suite -> what runs its files: (name of a case, first difference) for each.
FAMILIES: dict[str, Family] = {
    "runner": goflow_cases.runner,
    "actions": goflow_cases.actions,
    "routers": goflow_cases.routers,
    "migrations": migrations.cases,
}


def run(directory: Path) -> list[Outcome]:
    """Give the outcome of every case of every family that the directory has, or is."""
    folders = {family: directory / family for family in FAMILIES}
    if directory.name in FAMILIES and directory.is_dir():
        folders[directory.name] = directory
    return [
        Outcome(family, name, difference or "")
        for family, cases in FAMILIES.items()
        if folders[family].is_dir()
        for name, difference in cases(folders[family])
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--json", action="store_true", help="print the outcomes as JSON lines")
    given = parser.parse_args()
    outcomes = run(given.directory)
    if not outcomes:
        return refuse(f"{given.directory} has no cases in folders called {', '.join(FAMILIES)}")
    if given.json:
        for outcome in outcomes:
            print(json.dumps(vars(outcome)))
    else:
        print(report(outcomes))
    return 1 if any(outcome.difference for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
