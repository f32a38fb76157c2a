"""`samvad flow`: walk a flow with its reasons, and read what a session did."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from app.cli.flow_trace import show_session
from app.cli.main import app
from app.supervisor.checks import CannotStart
from tests.runner.conftest import Stage, sent, stage
from tests.runner.drawing import ask, flow, node, say
from tests.servers import Servers

__all__ = ["sent", "stage"]

ROOT = Path(__file__).resolve().parents[2]
FLOWS = ROOT / "seeds" / "flows"


def test_a_walk_shows_what_the_flow_does_and_why() -> None:
    done = CliRunner().invoke(
        app, ["flow", "run", str(FLOWS / "optout.json"), "--trace"], input="no\n\n"
    )

    assert done.exit_code == 0
    lines = [line.strip() for line in done.output.splitlines()]
    assert 'has_any_word("yes y") of "no"? no' in lines
    assert "goes to No: has_any_word holds" in lines
    assert "flow  Good, we stay in touch." in lines


@pytest.mark.anyio
async def test_a_session_is_shown_by_phone(
    stage: Stage, servers: Servers, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.draw(
        flow("Names", node("q", say("Name?"), to="a"), ask("a", "name", to=None)), "names"
    )
    await stage.say("names")
    await stage.say("Asha")
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", servers.valkey.url)
    monkeypatch.setenv("SECRET_KEY", "a-key-that-is-long-enough-for-hs256-tokens")
    out = io.StringIO()

    await show_session("919876543210", None, Console(file=out, width=100))

    session = await stage.session()
    lines = out.getvalue().splitlines()
    assert lines[0] == f"Session {session.id} ({session.uuid}), completed"
    assert lines[1].endswith("keyword")
    assert lines[2] == '  the person wrote the keyword "names"'
    assert lines[-1] == "  the session has ended: completed"

    with pytest.raises(CannotStart, match="There is no session nobody"):
        await show_session("nobody", None, Console(file=out))


def test_a_walk_is_recorded_and_its_test_passes_until_the_text_is_another(tmp_path: Path) -> None:
    flow_file, script = str(FLOWS / "optout.json"), tmp_path / "walk.test.txt"
    script.write_text("# One that is there\n> optout\n< ...\n")
    walk = ["flow", "run", flow_file, "--record", str(script)]
    CliRunner().invoke(app, walk, input="no\n\n")

    good = CliRunner().invoke(app, ["flow", "test", flow_file, str(script)])
    script.write_text(script.read_text().replace("Good,", "Well,"))
    bad = CliRunner().invoke(app, ["flow", "test", flow_file, str(script)])

    assert (good.exit_code, good.output.splitlines()[-1]) == (0, "2 passed, 0 failed")
    assert (bad.exit_code, bad.output.splitlines()[-1]) == (1, "1 passed, 1 failed")
    assert "expected  Well, we stay in touch." in bad.output


@pytest.mark.parametrize("file", sorted(FLOWS.glob("*.json")), ids=lambda path: path.stem)
def test_the_tests_beside_a_demo_flow_pass(file: Path) -> None:
    done = CliRunner().invoke(app, ["flow", "test", str(file)])

    assert (done.exit_code, done.output.splitlines()[-1][-8:]) == (0, "0 failed")


def test_a_walk_has_the_variables_of_the_tests_beside_the_flow_or_of_the_command() -> None:
    answers = "5\n5\n5\n\n"
    walk = ["flow", "run", str(FLOWS / "survey.json")]

    beside = CliRunner().invoke(app, walk, input=answers)
    given = [*walk, "--global", "survey_url=http://127.0.0.1:1/survey"]
    told = CliRunner().invoke(app, given, input=answers)

    assert "calls POST https://ngo.example/survey" in beside.output
    assert "Your score is 15 of 15" in beside.output
    assert "calls POST http://127.0.0.1:1/survey" in told.output


def test_a_variable_that_nobody_has_given_is_said_before_the_walk(tmp_path: Path) -> None:
    file = tmp_path / "survey.json"
    file.write_bytes((FLOWS / "survey.json").read_bytes())

    done = CliRunner().invoke(app, ["flow", "run", str(file)], input="\n")

    assert done.output.splitlines()[1] == (
        "@globals.survey_url has no value: give it one with --global survey_url=..."
    )


def test_a_file_beside_the_flow_may_be_anything(tmp_path: Path) -> None:
    file = tmp_path / "optout.json"
    file.write_bytes((FLOWS / "optout.json").read_bytes())
    (tmp_path / "cut.json").write_text("{")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe")

    done = CliRunner().invoke(app, ["flow", "run", str(file)], input="no\n\n")

    assert (done.exit_code, "flow  Good, we stay in touch." in done.output) == (0, True)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run", "{flow}", "--record", "/nowhere/x"], "/nowhere/x cannot be written: "),
        (["run", "{flow}", "--global", "x"], "--global x: write it as name=value."),
        (["test", "{flow}", "{bytes}"], "bytes.txt is no text in UTF-8."),
        (["test", "{flow}", "/nowhere/x"], "/nowhere/x cannot be read: "),
        (["test", "{flow}", "--flow", "x"], "Name a file, or a flow with --flow, and not both."),
        (["test"], "Name a file, or a flow with --flow, and not both."),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    words: list[str], sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe")
    named = {"flow": FLOWS / "optout.json", "bytes": tmp_path / "bytes.txt"}

    done = CliRunner().invoke(app, ["flow", *(word.format(**named) for word in words)])

    assert isinstance(done.exception, CannotStart)
    assert sentence in str(done.exception)
