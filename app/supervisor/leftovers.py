"""Processes that a killed supervisor left behind.

Every child carries SAMVAD_SUPERVISED with the path of the data directory. Whoever holds that
directory's lock is the only supervisor, so any other process that carries the path is an orphan.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from app.embedded.child import wait_for_end

MARK = "SAMVAD_SUPERVISED"
PATIENCE_S = 3.0


def end_left_behind(home: Path) -> int:
    """End the orphans of `home` and give their number. Call with the lock of `home` held."""
    pids = find_left_behind(home)
    for pid in pids:
        _send(pid, signal.SIGTERM)
    for pid in pids:
        if not wait_for_end(pid, PATIENCE_S):
            _send(pid, signal.SIGKILL)
            wait_for_end(pid, PATIENCE_S)
    return len(pids)


def find_left_behind(home: Path) -> list[int]:
    """The processes but ours that carry the mark of `home`. None where there is no /proc."""
    mark = f"{MARK}={home}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            carried = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if mark in carried and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return sorted(found)


def _send(pid: int, sign: signal.Signals) -> None:
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return
