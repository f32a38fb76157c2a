"""The directory of one embedded server: its lock, its password, its log, its leftovers.

One living parent holds `lock`. Whoever holds it may take any server still running in the
directory for an orphan, since its parent is gone.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from app.embedded.child import is_running, wait_for_end, words_of

LOCK_TIMEOUT_S = 3.0
ORPHAN_TIMEOUT_S = 15.0
#: How long the backends of a killed server may hold its port when it is started again.
PORT_PATIENCE_S = 5.0
LOG_TAIL_BYTES = 2_000


class EmbeddedError(Exception):
    """An embedded server cannot run. The text is one sentence that says why and what to do."""


class ServerHome:
    """One server's directory, by default of mode 0700, held by at most one process at a time."""

    def __init__(self, path: Path, mode: int = 0o700) -> None:
        self.path = path.resolve()
        self._mode = mode
        self._lock: IO[str] | None = None

    @property
    def log(self) -> Path:
        return self.path / "server.log"

    def acquire(self, timeout_s: float = LOCK_TIMEOUT_S) -> None:
        """Make the directory and take its lock, if we have not. `timeout_s` lets a parent die."""
        if self._lock is not None:
            return
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.path.chmod(self._mode)
            self._lock = (self.path / "lock").open("a")
        except OSError as error:
            raise EmbeddedError(f"{self.path} cannot be used: {error.strerror}.") from error
        deadline = time.monotonic() + timeout_s
        while not self._try_lock():
            if time.monotonic() > deadline:
                self.release()
                raise EmbeddedError(
                    f"Another Samvad is already running with the data in {self.path}: "
                    "stop it, or set SAMVAD_HOME to another directory."
                )
            time.sleep(0.05)

    def _try_lock(self) -> bool:
        assert self._lock is not None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Give the lock back. Safe to call twice."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def password(self) -> str:
        """The server's password, made on the first call and kept in a file of mode 0600."""
        path = self.path / "password"
        if path.exists():
            return path.read_text().strip()
        password = secrets.token_urlsafe(24)
        fresh = self.path / "password.new"
        with open(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            file.write(password)
        fresh.rename(path)
        return password

    def log_tail(self, lines: int = 1) -> str:
        """The last lines of the log that say something, for an error message."""
        if not self.log.exists():
            return "no log was written"
        tail = self.log.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace").splitlines()
        return "\n".join([line.strip() for line in tail if line.strip()][-lines:])


def end_orphan(pid: int, program: str, belongs_to: Path, stop: signal.Signals) -> bool:
    """End process `pid` if it is `program` running with `belongs_to` among its arguments.

    True when there was such a process and it is gone now. A pid that has passed to another
    program is left alone.
    """
    words = words_of(pid)
    if not words or Path(words[0]).name != program or str(belongs_to) not in words:
        return False
    for sign, patience_s in ((stop, ORPHAN_TIMEOUT_S), (signal.SIGKILL, ORPHAN_TIMEOUT_S)):
        if not is_running(pid):
            return True
        os.kill(pid, sign)
        if wait_for_end(pid, patience_s):
            return True
    raise EmbeddedError(
        f"An earlier {program} (process {pid}) holds {belongs_to} and does not stop: end it."
    )


def claim_port(port: int, patience_s: float = 0.0) -> int:
    """`port` if it is free on loopback, a free one if it is 0. EmbeddedError if it is taken.

    `patience_s` waits for what is just letting go of it.
    """
    deadline = time.monotonic() + patience_s
    while (free := _free_port(port)) is None:
        if time.monotonic() >= deadline:
            raise EmbeddedError(f"Port {port} is in use: stop what uses it.")
        time.sleep(0.05)
    return free


def _free_port(port: int) -> int | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return None
        return int(probe.getsockname()[1])


@contextmanager
def releasing_on_error(home: ServerHome) -> Iterator[None]:
    """Give the lock of `home` back when the start that is tried inside fails."""
    try:
        yield
    except BaseException:
        home.release()
        raise
