"""`samvad flow import` and `samvad flow test --flow`, against a real database."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.main import app
from app.core.errors import Invalid
from app.domain.flow_tests.data import TestPatch
from app.domain.flow_tests.service import create_test
from app.models import Flow
from tests.graphql.test_flow_bundles import bundle, parent_and_child
from tests.runner.conftest import Stage, sent, stage
from tests.runner.drawing import flow, node, say
from tests.servers import Servers

__all__ = ["sent", "stage"]
pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def installation(servers: Servers, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command finds the test's servers."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", servers.valkey.url)
    monkeypatch.setenv("SECRET_KEY", "a-key-that-is-long-enough-for-hs256-tokens")


async def run(*words: str) -> Result:
    """A command in a thread: it has an event loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, list(words))


def written(directory: Path, data: object) -> str:
    file = directory / "bundle.json"
    file.write_text(json.dumps(data), "utf-8")
    return str(file)


async def test_a_file_is_imported_and_published_at_once(stage: Stage, tmp_path: Path) -> None:
    done = await run("flow", "import", written(tmp_path, parent_and_child()), "--publish")

    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0] == "bundle.json is imported."
    assert lines[-1] == "The flows are published."
    assert await stage.say("parent") == ["Before", "In the child"]


async def test_without_publish_the_flows_are_drafts(stage: Stage, tmp_path: Path) -> None:
    done = await run("flow", "import", written(tmp_path, parent_and_child()))

    assert done.exit_code == 0
    assert "  made: flow Parent" in done.output.splitlines()
    assert [row.published_revision_id for row in await stage.rows(Flow)] == [None, None]


async def test_what_may_not_be_published_is_imported_and_told(stage: Stage, tmp_path: Path) -> None:
    file = bundle(flow("Wrong", node("w", say("@(1 +)"))))
    done = await run("flow", "import", written(tmp_path, file), "--publish")

    assert done.exit_code == 1
    assert "Critical: Wrong: Could not parse @(1 +)" in done.output
    assert done.output.splitlines()[-1] == "Nothing is published: the flows are drafts."
    assert [row.published_revision_id for row in await stage.rows(Flow)] == [None]


async def test_code_of_another_language_imports_nothing(stage: Stage, tmp_path: Path) -> None:
    file = bundle(flow("Good", node("g", say("Hi"))), flow("Bad", node("b", say("<%= IO.x() %>"))))
    done = await run("flow", "import", written(tmp_path, file))

    assert isinstance(done.exception, Invalid)
    assert done.exception.message.startswith("Bad could not be imported: <%= IO.x() %>: IO.x at 2")
    assert await stage.rows(Flow) == []


async def test_a_flow_is_exported_as_a_file_that_can_be_imported(
    stage: Stage, tmp_path: Path
) -> None:
    await run("flow", "import", written(tmp_path, parent_and_child()))

    said = await run("flow", "export", "Parent")
    kept = await run("flow", "export", "Parent", "--output", str(tmp_path / "out.json"))
    again = await run("flow", "import", str(tmp_path / "out.json"))

    assert (said.exit_code, kept.exit_code, kept.output, again.exit_code) == (0, 0, "", 0)
    assert said.output == (tmp_path / "out.json").read_text("utf-8")
    assert [one["definition"]["name"] for one in json.loads(said.output)["flows"]] == [
        "Parent",
        "Child",
    ]
    assert "  made: flow Child (2)" in again.output.splitlines()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["Away"], "There is no flow called Away."),
        (["Parent", "--output", "/nowhere/x.json"], "/nowhere/x.json cannot be written: "),
    ],
)
async def test_an_export_that_cannot_be_made_is_said(
    stage: Stage, tmp_path: Path, words: list[str], sentence: str
) -> None:
    await run("flow", "import", written(tmp_path, parent_and_child()))

    done = await run("flow", "export", *words)

    assert str(done.exception).startswith(sentence)


SCRIPT = "> names\n< {}\n"


@pytest.mark.parametrize(
    ("answer", "exit_code", "last"),
    [("Hello", 0, "1 passed, 0 failed"), ("Goodbye", 1, "0 passed, 1 failed")],
)
async def test_the_tests_of_a_stored_flow_are_played(
    stage: Stage, answer: str, exit_code: int, last: str
) -> None:
    row = await stage.draw(flow("Names", node("n", say("Hello"))), "names")
    async with stage.work() as ctx:
        await create_test(ctx, row.id, TestPatch(name="Greets", script=SCRIPT.format(answer)))

    done = await run("flow", "test", "--flow", "Names")

    assert done.exit_code == exit_code, done.output
    assert done.output.splitlines()[-1] == last


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("Away", "There is no flow called Away."), ("Names", "The flow Names has no tests.")],
)
async def test_a_flow_that_is_not_there_or_has_no_tests_is_said(
    stage: Stage, name: str, sentence: str
) -> None:
    await stage.draw(flow("Names", node("n", say("Hello"))), "names")

    done = await run("flow", "test", "--flow", name)

    assert str(done.exception) == sentence
