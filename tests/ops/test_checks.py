"""What keeps the product from starting is one sentence that says what to do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

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
