"""Upgrades older definitions as another engine does: `python -m tests.conformance.migrations DIR`.

Each file is called by the version it leads to and holds a list of `original` and `migrated`. Uuids that
an upgrade makes are compared by the order in which they stand, everything else exactly.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from flows.migrations import upgrade
from tests.conformance.report import Report, first_difference

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


def run(directory: Path) -> Report:
    """Run every file of the directory whose name is a version."""
    report = Report("migrations")
    for file in sorted(directory.glob("*.json"), key=lambda file: file.name):
        if not _VERSION.fullmatch(file.stem):
            continue
        for number, case in enumerate(json.loads(file.read_text())):
            name = f"{file.stem} #{number} {case.get('description', '')}"
            report.note(name, difference(case["original"], case["migrated"], file.stem))
    return report


def difference(original: Any, migrated: Any, version: str) -> str | None:
    first, second, third = map(int, version.split("."))
    given = upgrade(original, to=(first, second, third))
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
    report = run(parser.parse_args().directory)
    print(report.show())
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
