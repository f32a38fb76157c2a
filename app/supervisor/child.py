"""One supervised process: started, watched, restarted with backoff, stopped."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Callable

from app.supervisor.parts import Part
from app.supervisor.surroundings import ROOT

PR_SET_PDEATHSIG = 1
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0
#: A process that lived this long was well, and its next failure starts from the first pause.
WELL_AFTER_S = 30.0
CHUNK_BYTES = 65_536

_LIBC = ctypes.CDLL(None) if sys.platform.startswith("linux") else None


class Child:
    """A part as a process. `write` gets each line it prints."""

    def __init__(self, part: Part, env: dict[str, str], write: Callable[[str, str], None]) -> None:
        self.part = part
        self.restarts = 0
        self._env = env
        self._write = write
        self._process: Process | None = None
        self._stopping = asyncio.Event()

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    async def keep_running(self) -> None:
        """Run the part again and again until `stop`. Returns when its last process has ended."""
        pause_s = FIRST_PAUSE_S
        while not self._stopping.is_set():
            began = time.monotonic()
            code = await self._run_once()
            if self._stopping.is_set():
                return
            pause_s = (
                FIRST_PAUSE_S
                if time.monotonic() - began > WELL_AFTER_S
                else min(pause_s * 2, LONGEST_PAUSE_S)
            )
            self.restarts += 1
            self._write(self.part.name, f"ended ({_how(code)}), starts again in {pause_s:.0f} s")
            try:
                await asyncio.wait_for(self._stopping.wait(), pause_s)
            except TimeoutError:
                continue

    async def _run_once(self) -> int:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", *self.part.command),
            env={**self._env, **self.part.env},
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            start_new_session=True,  # Ctrl-C reaches the supervisor only, which stops in order
            preexec_fn=_die_with_parent,
        )
        await self._copy_output()
        return await self._process.wait()

    async def _copy_output(self) -> None:
        """Hand on every line until the process closes its output."""
        assert self._process is not None
        assert self._process.stdout is not None
        rest = b""
        while chunk := await self._process.stdout.read(CHUNK_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > CHUNK_BYTES:
                lines, rest = [*lines, rest], b""
            for line in lines:
                self._write(self.part.name, line.decode(errors="replace").rstrip())
        if rest:
            self._write(self.part.name, rest.decode(errors="replace"))

    async def stop(self) -> None:
        """Ask the process to stop, and end it with its own children after the part's patience."""
        self._stopping.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        _signal_group(process.pid, signal.SIGTERM, whole_group=False)
        try:
            await asyncio.wait_for(process.wait(), self.part.stop_s)
        except TimeoutError:
            _signal_group(process.pid, signal.SIGKILL, whole_group=True)
            await process.wait()


def _die_with_parent() -> None:
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


def _signal_group(pid: int, sign: signal.Signals, *, whole_group: bool) -> None:
    try:
        if whole_group:
            os.killpg(pid, sign)
        else:
            os.kill(pid, sign)
    except ProcessLookupError:
        return


def _how(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"code {code}"
