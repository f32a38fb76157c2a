"""`samvad flow test`: play the conversations that a flow must hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from app.cli.walk import compiled, readable
from app.supervisor.checks import CannotStart
from flows.conversations import Report, Script, ScriptFault, assets_of, play, read_scripts
from flows.conversations.script import Set

#: What the tests of `help.json` are called.
SUFFIX = ".test.txt"


def test_file(file: Path, script: Path | None) -> list[Report]:
    """How the tests of a flow's file go: those of `script`, else those in it and beside it."""
    from app.cli.flows import read, siblings

    data = read(file)
    flow = compiled(data)
    assets = assets_of((flow, *readable(siblings(file))))
    beside = file.with_suffix(SUFFIX)
    found = [*_inside(data), *(_read(beside) if beside.exists() else ())]
    scripts = _read(script) if script else found
    if not scripts:
        raise CannotStart(f"{file} has no tests, neither in it nor in {file.stem}{SUFFIX}.")
    return [play(one, flow, assets) for one in scripts]


async def test_stored(name: str, org: str | None) -> list[Report]:
    """How the tests of the organization's flow go with its newest revision."""
    from app.cli.work import flow_called, unit_of_work_of
    from app.domain.flow_tests.running import run_tests

    async with unit_of_work_of(org) as ctx:
        ran = await run_tests(ctx, await flow_called(ctx, name))
    if not ran:
        raise CannotStart(f"The flow {name} has no tests.")
    return [one.report for one in ran]


def show_reports(reports: Sequence[Report], console: Console) -> bool:
    """Print how the tests went, and whether all passed."""
    for report in reports:
        mark = "[green]passed[/]" if report.passed else "[bold red]failed[/]"
        console.print(f"{mark}  {escape(report.title)}", soft_wrap=True)
        if report.passed:
            continue
        for who, text in report.log[-6:]:
            console.print(f"          [dim]{who:8}[/]{escape(text)}", soft_wrap=True)
        console.print(f"        line {report.line}: {escape(report.message)}", soft_wrap=True)
        for word, text in (("expected", report.expected), ("there is", report.actual)):
            if text:
                console.print(f"          {word}  {escape(text)}", soft_wrap=True)
    failed = sum(not report.passed for report in reports)
    console.print(f"{len(reports) - failed} passed, {failed} failed")
    return failed == 0


def variables(file: Path) -> dict[str, str]:
    """The organization's variables as the tests beside the flow's file have them, the first of each."""
    beside = file.with_suffix(SUFFIX)
    scripts = _read(beside) if beside.exists() else []
    lines = [line for script in scripts for line in script.steps if isinstance(line, Set)]
    return {line.key: line.value for line in reversed(lines) if line.what == "global"}


def _read(file: Path) -> list[Script]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise CannotStart(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CannotStart(f"{file} is no text in UTF-8.") from error
    return _scripts(text, file.name)


def _inside(data: dict[str, Any]) -> list[Script]:
    """The tests of an export's first flow."""
    exported = data.get("flows")
    entry = exported[0] if isinstance(exported, list) and exported else {}
    tests = entry.get("tests") if isinstance(entry, dict) else None
    texts = [f"# {t.get('name')}\n{t.get('script')}" for t in tests or () if isinstance(t, dict)]
    return [script for text in texts for script in _scripts(text, "the file's tests")]


def _scripts(text: str, name: str) -> list[Script]:
    try:
        return list(read_scripts(text))
    except ScriptFault as fault:
        raise CannotStart(f"{name}, {fault}.") from fault
