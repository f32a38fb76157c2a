"""The rules of the house that a program can check. Each docstring tells why."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = ("app", "flows", "workers", "seeds")
#: Files that may be longer than 400 lines, with the reason.
LONG: dict[str, str] = {}


def python_files(*folders: str) -> list[Path]:
    return sorted(p for f in folders for p in (ROOT / f).rglob("*.py") if "versions" not in p.parts)


def calls(path: Path) -> Iterator[str]:
    """Dotted names of what a file calls, as written."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", python_files(*CODE, "tests"), ids=name)
def test_a_file_has_at_most_400_lines(path: Path) -> None:
    """A file that grows has no rule for where the next thing goes: split it along its nature."""
    lines = len(path.read_text("utf-8").splitlines())

    assert lines <= 400 or name(path) in LONG


@pytest.mark.parametrize("path", python_files(*CODE), ids=name)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    """A reader opens a file to learn what it is; its first line answers."""
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


def test_only_the_unit_of_work_ends_a_transaction() -> None:
    """A commit inside a verb would let half a story out before it is over."""
    found = {
        name(path)
        for path in python_files("app/domain", "app/graphql", "app/rest", "app/xmpp", "app/runner")
        for call in calls(path)
        if call.endswith((".commit", ".rollback"))
    }

    assert found == set()


def test_time_and_chance_come_from_the_clock_and_the_ids() -> None:
    """A rule that reads the machine's clock can be tested only by waiting."""
    banned = {
        "datetime.now", "datetime.utcnow", "time.time", "uuid4", "uuid.uuid4", "random.random",
        "random.choice", "random.randint",
    }  # fmt: skip
    found = {
        (name(path), call)
        for path in python_files(
            "app/domain", "app/runner", "app/channels", "flows", "app/protocol"
        )
        for call in calls(path)
        if call in banned
    }

    assert found == set()


def test_the_engine_is_made_of_the_standard_library_and_of_what_it_names() -> None:
    """Whoever takes `flows` elsewhere takes these few libraries and nothing of ours."""
    named = {"flows", "re2", "phonenumbers", "regex", "babel", "pydantic", "msgspec"}
    found = {
        module.partition(".")[0]
        for path in python_files("flows")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for module in imported(node)
    }

    assert found - set(sys.stdlib_module_names) - named == set()


def imported(node: ast.AST) -> list[str]:
    """Modules that an import statement names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []


def test_only_the_kernel_makes_an_outgoing_client() -> None:
    """One client has the time limits, the size cap and the guard against private addresses."""
    found = {
        name(path)
        for path in python_files("app", "flows", "workers")
        for call in calls(path)
        if call in ("httpx.AsyncClient", "httpx.Client", "httpx.get", "httpx.post")
    }

    assert found <= {"app/core/http.py"}


def test_no_check_is_silenced_without_a_reason() -> None:
    """`# type: ignore` hides a fault as well as it hides a false alarm."""
    silent = "# type: " + "ignore"
    found = [
        f"{name(path)}:{number}"
        for path in python_files(*CODE)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if silent in line and "#" not in line.split(silent, 1)[1]
    ]

    assert found == []


def test_nothing_names_a_package_registry_or_a_machine() -> None:
    """Lock files and texts must serve everybody, wherever packages come from."""
    hosts = ("files." + "pythonhosted.org", "registry." + "npmjs.org", "/" + "work/")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [ROOT / each for each in listed.stdout.split("\0") if each and (ROOT / each).is_file()]
    found = [name(p) for p in files if any(h in p.read_text("utf-8", "ignore") for h in hosts)]

    assert found == []
