"""The command line: each command explains itself, and failures are one sentence."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (
    "up",
    "web",
    "gateway",
    "admin",
    "worker",
    "beat",
    "migrate",
    "seed",
    "user",
    "user create",
    "chat-user",
    "chat-user create",
    "chat-user ban",
    "chat-user unban",
    "chat-user bans",
    "chat-user last",
    "chat-user unused",
    "chat-user export",
    "chat-user remove",
    "chat-domain",
    "chat-domain list",
    "chat-domain add",
    "chat-domain remove",
    "chat-domain enable",
    "chat-domain disable",
    "chat-domain set",
    "chat-domain password",
    "flow",
    "flow import",
    "flow export",
    "flow run",
    "flow test",
    "flow trace",
    "docs",
    "docs flows",
    "ctl",
    "schema",
    "demo-webhook",
)


def samvad(home: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """`samvad` as the operator runs it, with data in `home` and nothing else set."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *words],
        env=kept | {"SAMVAD_HOME": str(home)} | env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    result = CliRunner().invoke(app, [*command.split(), "--help"])

    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        done = samvad(tmp_path, "up", "--port", str(port))

    assert done.returncode == 1
    assert done.stderr == (
        f"samvad: Port {port} is in use: stop what uses it, or choose another with --port.\n"
    )


def test_an_unreachable_database_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

        done = samvad(
            tmp_path,
            *("up", "--port", "0", "--gateway-port", "0", "--admin-port", "0", "--no-demo"),
            *("--tcp-port", "0", "--tls-port", "0"),
            DATABASE_URL=f"postgresql://nobody@127.0.0.1:{port}/nothing",
        )

    assert done.returncode == 1
    assert done.stderr.startswith("samvad: The database of DATABASE_URL cannot be reached: ")
    assert done.stderr.count("\n") == 1


def test_a_command_without_a_database_says_what_is_missing(tmp_path: Path) -> None:
    done = samvad(tmp_path, "migrate")

    assert (done.returncode, done.stderr) == (
        1,
        "samvad: DATABASE_URL is not set; `samvad up` sets it, or see .env.example.\n",
    )


@pytest.mark.parametrize("process", ["web", "gateway", "admin", "worker", "beat"])
def test_a_process_without_its_servers_says_what_is_missing(tmp_path: Path, process: str) -> None:
    done = samvad(tmp_path, process, DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")

    assert (done.returncode, done.stderr) == (
        1,
        "samvad: REDIS_URL is not set; `samvad up` sets it, or see .env.example.\n",
    )


@pytest.mark.parametrize(
    ("process", "setting"),
    [("web", "WEB_PORT"), ("gateway", "TLS_PORT"), ("admin", "ADMIN_PORT")],
)
def test_a_process_whose_port_is_in_use_says_so(tmp_path: Path, process: str, setting: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        env = {
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "SECRET_KEY": "a-key-that-is-long-enough-for-hs256-tokens",
            "GATEWAY_PORT": "0",
            setting: str(port),
        }

        done = samvad(tmp_path, process, **env)

    assert (done.returncode, done.stderr) == (
        1,
        f"samvad: Port {port} is in use: stop what uses it, or choose another with {setting}.\n",
    )


def test_a_queue_that_is_none_is_named_with_those_that_are(tmp_path: Path) -> None:
    done = samvad(tmp_path, "worker", "--queues", "inbound,nothing")

    assert done.returncode == 2
    assert "nothing" in done.stderr
    assert "webhooks" in done.stderr


def test_ctl_says_when_no_admin_process_answers(tmp_path: Path) -> None:
    done = samvad(tmp_path, "ctl", "health", ADMIN_PORT="1")

    assert (done.returncode, done.stderr) == (
        1,
        "samvad: No admin process answers at http://127.0.0.1:1: is `samvad up` running?\n",
    )


def test_a_file_that_is_no_flow_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "flow.json"
    file.write_text("not json")

    done = samvad(tmp_path, "flow", "run", str(file))

    assert done.returncode == 1
    assert done.stderr.startswith(f"samvad: {file} is not JSON: ")


def test_a_command_in_another_terminal_finds_the_running_servers(tmp_path: Path) -> None:
    (tmp_path / "surroundings.json").write_text(json.dumps({"ADMIN_PORT": "2"}))

    done = samvad(tmp_path, "ctl", "health")

    assert "http://127.0.0.1:2:" in done.stderr
