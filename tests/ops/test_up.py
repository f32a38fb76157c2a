"""`samvad up`: one parent, no strays, an end in order."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.supervisor.leftovers import find_left_behind
from app.supervisor.parts import Ports, parts
from app.supervisor.secrets import kept_secret

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0
STOP_S = 10.0


def until(holds: Callable[[], bool]) -> None:
    """Wait for another process, with an end."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


class Run:
    """`samvad up` in a process of its own, over one data directory."""

    def __init__(self, home: Path) -> None:
        self.home = home
        web, gateway, self.admin_port = free_ports(3)
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "app.cli", "up", "--no-demo", "--port", str(web)),
                *("--gateway-port", str(gateway), "--admin-port", str(self.admin_port)),
                *("--tcp-port", "0", "--tls-port", "0"),
            ],
            cwd=ROOT,
            env=kept | {"SAMVAD_HOME": str(home)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def wait_until_up(self) -> None:
        until(lambda: answers(self.admin_port))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    tmp_path.chmod(0o755)
    yield tmp_path / "home"
    for pid in find_left_behind(tmp_path / "home"):
        os.kill(pid, signal.SIGKILL)


def test_ctrl_c_stops_everything_within_ten_seconds(home: Path) -> None:
    run = Run(home)
    run.wait_until_up()

    began = time.monotonic()
    run.process.send_signal(signal.SIGINT)
    code = run.process.wait(PATIENCE_S)

    assert code == 0
    assert time.monotonic() - began < STOP_S
    assert find_left_behind(home) == []


def test_after_a_kill_of_the_supervisor_the_next_start_comes_up(home: Path) -> None:
    first = Run(home)
    first.wait_until_up()

    first.process.kill()
    first.process.wait(PATIENCE_S)
    second = Run(home)
    second.wait_until_up()

    second.process.send_signal(signal.SIGINT)
    assert second.process.wait(PATIENCE_S) == 0
    assert find_left_behind(home) == []


def test_a_secret_is_made_once_and_is_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secret-key"

    first, second = kept_secret(path), kept_secret(path)

    assert first == second
    assert len(first) >= 48
    assert oct(path.stat().st_mode & 0o777) == "0o600"


def test_without_the_demo_nothing_of_it_runs() -> None:
    names = {demo: [part.name for part in parts(Ports(), demo=demo)] for demo in (True, False)}

    assert names == {
        True: ["web", "gateway", "admin", "worker", "beat", "demo-webhook"],
        False: ["web", "gateway", "admin", "worker", "beat"],
    }


def test_what_takes_in_work_stops_before_the_worker() -> None:
    order = {part.name: part.stop_order for part in parts(Ports(), demo=True)}

    assert {name for name, place in order.items() if place > 0} == {"worker"}
