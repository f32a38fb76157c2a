"""Child processes that never outlive their parent, and that run as somebody harmless.

Linux sends a child the signal of PR_SET_PDEATHSIG when the *thread* that started it ends, so
children are started from the main thread. Elsewhere an orphan is found and ended at the next start.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
#: Who a server believes to be inside its user namespace: anybody but root will do.
NAMESPACE_UID = 1000

_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None


@dataclass(frozen=True)
class RunAs:
    """How a child sheds root: not at all, by a user namespace of its own, or as another user."""

    uid: int | None = None
    gid: int | None = None
    namespace: bool = False


def choose_run_as(data: Path) -> RunAs:
    """How a server over `data` is to be run by this process.

    PostgreSQL refuses to be root. Data that belongs to somebody is served as that somebody; new
    data as root in a user namespace, where the kernel allows one, and else as `nobody`.
    """
    if os.geteuid() != 0:
        return RunAs()
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return RunAs(owner.st_uid, owner.st_gid)
    if _may_make_namespaces():
        return RunAs(namespace=True)
    nobody = pwd.getpwnam("nobody")
    return RunAs(nobody.pw_uid, nobody.pw_gid)


def _may_make_namespaces() -> bool:
    if _LIBC is None:
        return False
    try:
        probe = subprocess.run(
            [sys.executable, "-c", ""],
            preexec_fn=_shedding(RunAs(namespace=True)),
            timeout=10,
            check=False,
        )
    except subprocess.SubprocessError:
        return False
    return probe.returncode == 0


def _shedding(run_as: RunAs, death_signal: signal.Signals | None = None) -> Callable[[], None]:
    """What the child does between fork and exec."""
    parent = os.getpid()

    def shed() -> None:
        if run_as.namespace:
            _enter_namespace()
        # A change of credentials forgets the death signal, so it comes last.
        if _LIBC is not None and death_signal is not None:
            _LIBC.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return shed


def _enter_namespace() -> None:
    assert _LIBC is not None
    if _LIBC.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "no user namespace")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{NAMESPACE_UID} 0 1"),
        ("gid_map", f"{NAMESPACE_UID} 0 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _options(run_as: RunAs, death_signal: signal.Signals | None) -> dict[str, Any]:
    options: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "start_new_session": True,  # a terminal's Ctrl-C is for the parent, which stops in order
        "preexec_fn": _shedding(run_as, death_signal),
    }
    if run_as.uid is not None:
        options |= {"user": run_as.uid, "group": run_as.gid, "extra_groups": []}
    return options


def start_child(
    command: Sequence[str], log: Path, run_as: RunAs, death_signal: signal.Signals
) -> subprocess.Popen[bytes]:
    """Start `command` in the background, writing to `log`, to get `death_signal` when we die."""
    with log.open("ab") as out:
        return subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, **_options(run_as, death_signal)
        )


def run_to_end(
    command: Sequence[str], run_as: RunAs, timeout_s: float
) -> subprocess.CompletedProcess[bytes]:
    """Run `command` and give what it wrote; the caller looks at the exit code."""
    options = _options(run_as, signal.SIGKILL)
    return subprocess.run(command, capture_output=True, timeout=timeout_s, check=False, **options)


def words_of(pid: int) -> list[str]:
    """The command line of process `pid`; empty when there is no such process."""
    if Path("/proc/self/cmdline").exists():
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return []
        return raw.rstrip(b"\0").decode(errors="replace").split("\0") if raw else []
    shown = subprocess.run(
        ["ps", "-p", str(pid), "-o", "command="], capture_output=True, timeout=10, check=False
    )
    return shown.stdout.decode(errors="replace").split()


def is_running(pid: int) -> bool:
    """Whether process `pid` is there and is not a zombie."""
    return bool(words_of(pid))


def wait_for_end(pid: int, timeout_s: float) -> bool:
    """Whether process `pid` has ended within `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while is_running(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def stop_child(process: subprocess.Popen[bytes], stop: signal.Signals, timeout_s: float) -> None:
    """Ask `process` to stop by `stop` and insist after `timeout_s`. Returns when it has ended."""
    if process.poll() is not None:
        return
    process.send_signal(stop)
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout_s)
