"""The servers that Samvad brings along: what was committed stays, whoever is killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from app.embedded import EmbeddedError, EmbeddedPostgres, EmbeddedValkey
from app.embedded.child import is_running

ROOT = Path(__file__).resolve().parents[2]

#: A parent that starts both servers, says so, and waits for a signal that nobody catches.
PARENT = """
import sys, time
from pathlib import Path
from app.embedded import EmbeddedPostgres, EmbeddedValkey
home = Path(sys.argv[1])
postgres = EmbeddedPostgres(home / "postgres").start()
valkey = EmbeddedValkey(home / "valkey").start()
print(postgres.pid, valkey.pid, flush=True)
time.sleep(600)
"""


def connect(server: EmbeddedPostgres) -> psycopg.Connection:
    return psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True)


def kill(pid: int) -> None:
    """End a child for good and wait until it has ended; its parent still has to learn of it."""
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def test_rows_stay_when_the_server_is_killed(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres").start()
    with connect(server) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('asha')")

    kill(server.pid)
    server.start()

    with connect(server) as connection:
        rows = connection.execute("SELECT word FROM kept").fetchall()
    server.stop()
    assert rows == [("asha",)]


def test_a_restart_keeps_the_port_and_the_password(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres").start()
    before = server.url

    server.stop()
    server.start()
    after = server.url
    server.stop()

    assert after == before


def test_what_valkey_accepted_stays_when_it_is_killed(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path / "valkey").start()
    with redis.Redis.from_url(server.url) as client:
        client.set("word", "asha")

    kill(server.pid)
    server.start()

    with redis.Redis.from_url(server.url) as client:
        kept = client.get("word")
    server.stop()
    assert kept == b"asha"


def test_servers_end_with_their_parent_and_start_again_whole(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT, text=True
    )
    assert parent.stdout is not None
    pids = [int(word) for word in parent.stdout.readline().split()]

    parent.kill()
    parent.wait(10)
    parent.stdout.close()
    postgres = EmbeddedPostgres(tmp_path / "postgres").start()
    valkey = EmbeddedValkey(tmp_path / "valkey").start()

    running = [pid for pid in pids if is_running(pid)]
    valkey.stop()
    postgres.stop()
    assert running == []


def test_an_orphan_of_an_earlier_run_is_ended_at_the_start(tmp_path: Path) -> None:
    first = EmbeddedValkey(tmp_path / "valkey").start()
    first.home.release()  # as after the death of a parent whose child outlived it

    second = EmbeddedValkey(tmp_path / "valkey").start()

    ended = not is_running(first.pid)
    second.stop()
    first.stop()
    assert ended


def test_a_process_that_has_got_the_pid_of_a_dead_server_is_left_alone(tmp_path: Path) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    EmbeddedPostgres(tmp_path / "postgres").start().stop()
    (tmp_path / "postgres" / "data" / "postmaster.pid").write_text(f"{bystander.pid}\n")
    (tmp_path / "valkey").mkdir()
    (tmp_path / "valkey" / "pid").write_text(str(bystander.pid))

    postgres = EmbeddedPostgres(tmp_path / "postgres").start()
    valkey = EmbeddedValkey(tmp_path / "valkey").start()

    left_alone = bystander.poll() is None
    valkey.stop()
    postgres.stop()
    bystander.communicate(b"\n", timeout=10)
    assert left_alone


def test_two_parents_cannot_share_a_directory(tmp_path: Path) -> None:
    first = EmbeddedValkey(tmp_path / "valkey").start()

    with pytest.raises(EmbeddedError) as refusal:
        EmbeddedValkey(tmp_path / "valkey").start()

    first.stop()
    assert str(refusal.value) == (
        f"Another Samvad is already running with the data in {tmp_path / 'valkey'}: "
        "stop it, or set SAMVAD_HOME to another directory."
    )


def test_a_port_in_use_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(EmbeddedError) as refusal:
            EmbeddedPostgres(tmp_path / "postgres", port=port).start()

    assert str(refusal.value) == f"Port {port} is in use: stop what uses it."


def test_passwords_are_for_the_owner_only(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path / "valkey").start()
    server.stop()

    modes = {
        name: oct((tmp_path / "valkey" / name).stat().st_mode & 0o777)
        for name in (".", "password", "valkey.conf")
    }

    assert modes == {".": "0o700", "password": "0o600", "valkey.conf": "0o600"}


def test_without_the_password_nobody_is_let_in(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres").start()

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(
            host="127.0.0.1", port=server.port, user="postgres", password="guess", dbname="samvad"
        )

    server.stop()
