"""What keeps the product from starting is one sentence that says what to do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app.supervisor import checks

ROOT = Path(__file__).resolve().parents[2]
#: The well-known ports may be another installation's.
NO_TCP = ("--tcp-port", "0", "--tls-port", "0")


def up(home: Path, *options: str, **more: str) -> tuple[int, str]:
    """The exit code of `samvad up` and the last line it wrote."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "up", "--no-demo", *NO_TCP, *options],
        cwd=ROOT,
        env=kept | {"SAMVAD_HOME": str(home)} | more,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr.strip().splitlines()[-1]


def test_a_port_in_use_is_named_with_the_option_that_changes_it(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        answer = up(tmp_path / "home", "--port", str(port))

    assert answer == (
        1,
        f"samvad: Port {port} is in use: stop what uses it, or choose another with --port.",
    )


def test_a_file_in_the_place_of_the_data_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")

    answer = up(tmp_path / "home")

    assert answer == (
        1,
        f"samvad: The data directory {tmp_path / 'home'} cannot be written to (File exists): "
        "set SAMVAD_HOME to one that can.",
    )


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("DATABASE_URL", "postgresql://a:b@127.0.0.1:9/samvad"),
        ("REDIS_URL", "redis://127.0.0.1:9/0"),
    ],
)
def test_a_server_that_does_not_answer_is_named(tmp_path: Path, name: str, url: str) -> None:
    tmp_path.chmod(0o755)
    ports = ("--port", "0", "--gateway-port", "0", "--admin-port", "0")
    code, sentence = up(tmp_path / "home", *ports, **{name: url})

    assert code == 1
    assert f"of {name} cannot be reached: " in sentence


@pytest.mark.parametrize("module", ["re2", "psycopg", "orjson"])
def test_a_library_that_lacks_one_of_the_system_is_named(tmp_path: Path, module: str) -> None:
    tmp_path.chmod(0o755)
    broken = tmp_path / "broken"
    broken.mkdir()
    reason = "libexample.so.1: cannot open shared object file: No such file or directory"
    (broken / f"{module}.py").write_text(f"raise ImportError({reason!r})")

    answer = up(tmp_path / "home", PYTHONPATH=str(broken))

    assert answer == (
        1,
        f"samvad: A library of the system is missing ({reason}): install it, or remove .venv.",
    )


def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(checks.LIBRARIES, "no_such_module", "no-such-library")

    with pytest.raises(
        checks.CannotStart,
        match=r"^The libraries no-such-library are missing: \./run installs them\.$",
    ):
        checks.check_libraries()


def test_a_disk_without_room_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "FREE_BYTES", 1 << 62)

    with pytest.raises(checks.CannotStart, match=r"^The disk of .* is full \(\d+ MB free, "):
        checks.check_space(tmp_path)
