"""What the embedded servers share: one child of one directory, started again after any end."""

from __future__ import annotations

import signal
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Self

from app.embedded.child import stop_child
from app.embedded.home import PORT_PATIENCE_S, ServerHome, claim_port, releasing_on_error


class EmbeddedServer(ABC):
    """One server whose files, password and log are in one directory."""

    #: The signal by which it stops at once and whole, how long that may take, and its start.
    stop_signal: ClassVar[signal.Signals]
    stop_timeout_s: ClassVar[float]
    start_timeout_s: ClassVar[float]

    def __init__(self, data_dir: Path, port: int = 0, *, durable: bool = True) -> None:
        self.home = ServerHome(data_dir)
        self.port = port
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.home.path / "data"

    @property
    @abstractmethod
    def url(self) -> str:
        """By which clients of this machine connect; it holds the password."""

    @property
    def pid(self) -> int:
        """The server's process id; 0 when it was never started."""
        return self._process.pid if self._process else 0

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, timeout_s: float | None = None) -> Self:
        """Answer clients, unless we do. Ends an orphan of an earlier run in the directory first.

        Raises EmbeddedError when its program is missing or it does not answer in time.
        """
        if self.is_alive():
            return self
        programs = self._find_programs()
        self.home.acquire()
        with releasing_on_error(self.home):
            self._end_orphan()
            self.port = claim_port(self.port, PORT_PATIENCE_S if self._process else 0.0)
            self._launch(programs, timeout_s or self.start_timeout_s)
        return self

    def stop(self) -> None:
        """Stop with everything accepted on disk."""
        if self._process is not None:
            stop_child(self._process, self.stop_signal, self.stop_timeout_s)
        self.home.release()

    @abstractmethod
    def _find_programs(self) -> Path:
        """Where the server's programs are. Raises EmbeddedError when its library is missing."""

    @abstractmethod
    def _end_orphan(self) -> None:
        """End the server that an earlier run left behind in the directory."""

    @abstractmethod
    def _launch(self, programs: Path, timeout_s: float) -> None:
        """Start the child; return when it answers."""
