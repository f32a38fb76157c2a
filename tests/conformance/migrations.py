"""Upgrades older definitions as another engine does: `python -m tests.conformance.migrations DIR`.

Each file is called by the version it leads to and holds a list of `original` and `migrated`. Uuids that
an upgrade makes are compared by the order in which they stand, everything else exactly.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flows.migrations import upgrade
from tests.conformance.report import Report, first_difference, guarded, read, refuse

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


def cases(directory: Path) -> Iterator[tuple[str, str | None]]:
    """Give name and first difference of every case of the files that a version names."""
    named = (path for path in directory.glob("*.json") if _VERSION.fullmatch(path.stem))
    for path in sorted(named, key=lambda path: _version(path.stem)):
        try:
            found = enumerate(read(path), 1)
        except (ValueError, TypeError) as fault:
            yield path.stem, str(fault)
            continue
        for number, case in found:
            yield f"{path.stem} {number}", guarded(_case, case, path.stem)


def _case(case: Any, version: str) -> str | None:
    return difference(case["original"], case["migrated"], version)


def run(directory: Path) -> Report:
    """Run every file of the directory whose name is a version."""
    report = Report("migrations")
    for name, found in cases(directory):
        report.note(name, found)
    return report


def _version(text: str) -> tuple[int, int, int]:
    first, second, third = map(int, text.split("."))
    return first, second, third


def difference(original: Any, migrated: Any, version: str) -> str | None:
    given = upgrade(original, to=_version(version))
    return first_difference(_numbered(migrated, original), _numbered(given, original))


def _numbered(definition: Any, original: Any) -> Any:
    """Give the definition with the uuids that the original does not have as new-1, new-2 and so on."""
    old = set(_UUID.findall(json.dumps(original)))
    # nodes come first and members by name, so that both sides number alike
    ordered = json.dumps([definition.get("nodes"), definition], sort_keys=True)
    new = [uuid for uuid in dict.fromkeys(_UUID.findall(ordered)) if uuid not in old]
    names = {uuid: f"new-{number}" for number, uuid in enumerate(new, 1)}
    text = _UUID.sub(lambda match: names.get(match.group(), match.group()), json.dumps(definition))
    return json.loads(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("directory", type=Path)
    directory = parser.parse_args().directory
    report = run(directory)
    if not report.total:
        return refuse(f"{directory} has no file that is called by a version, such as 13.1.0.json")
    print(report.show())
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
