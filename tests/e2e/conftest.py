"""One installation, started as a person starts it, for all end-to-end tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.e2e import chat_client

ROOT = Path(__file__).resolve().parents[2]
#: The demo's own password, printed by `samvad up`.
PASSWORD = "samvad-demo"
START_TIMEOUT_S = 90


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


@dataclass
class Installation:
    """`samvad up` in a directory of its own."""

    home: Path
    web: int
    gateway: int
    admin: int
    webhook: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web}"

    @property
    def websocket(self) -> str:
        return f"ws://127.0.0.1:{self.gateway}/xmpp"

    @property
    def log(self) -> Path:
        return self.home.parent / "samvad.log"

    def start(self) -> None:
        """Return when web says it is ready."""
        environment = {
            k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")
        }
        environment |= {"SAMVAD_HOME": str(self.home), "PYTHONUNBUFFERED": "1"}
        command = [
            *(sys.executable, "-m", "app.cli", "up", "--port", str(self.web)),
            *("--gateway-port", str(self.gateway), "--admin-port", str(self.admin)),
            *("--tcp-port", "0", "--tls-port", "0"),
            *("--webhook-port", str(self.webhook)),
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.tail()
            if self.is_ready():
                return
            time.sleep(0.2)
        raise AssertionError(f"not ready in {START_TIMEOUT_S} s: {self.tail()}")

    def is_ready(self) -> bool:
        try:
            for port, path in ((self.web, "/health/ready"), (self.gateway, "/health")):
                httpx.get(f"http://127.0.0.1:{port}{path}", timeout=2).raise_for_status()
        except httpx.HTTPError:
            return False
        return "Samvad is ready" in self.log.read_text("utf-8", "replace")

    def stop(self) -> int:
        """Ctrl-C; the exit code. Raises TimeoutExpired when it takes over 15 s."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(15)

    def tail(self) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-25:])


@contextmanager
def running_installation() -> Iterator[Installation]:
    """A demo organization with everything running, which is stopped with the block."""
    with tempfile.TemporaryDirectory(prefix="samvad-e2e-") as directory:
        Path(directory).chmod(0o755)
        running = Installation(Path(directory) / "home", *free_ports(4))
        try:
            running.start()
            yield running
        finally:
            if running.process is not None and running.process.poll() is None:
                running.stop()


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """One for all tests."""
    with running_installation() as running:
        yield running


@pytest.fixture(scope="session")
def node_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the Node client, its library installed."""
    folder = tmp_path_factory.mktemp("node")
    why_not = chat_client.install(folder)
    if why_not is not None:
        pytest.skip(why_not)
    return folder
