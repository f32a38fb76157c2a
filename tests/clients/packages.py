"""Clients of the public registry, at the versions that their package.json names."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "node"
#: Seconds for a registry that cannot be reached; an installation takes some five.
TIMEOUT_S = 100


def install(name: str, into: Path) -> str | None:
    """The client and its library are in `into`. None when they are, else why they are not."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "Node.js and npm are not installed"
    shutil.copytree(FOLDER / name, into, dirs_exist_ok=True)
    shutil.copy(FOLDER / "lines.mjs", into)
    try:
        done = subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent",
             "--prefer-offline", "--ignore-scripts"],
            cwd=into, capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"{name} cannot be installed in {TIMEOUT_S} s"
    if done.returncode != 0:
        return f"{name} cannot be installed: {done.stderr.strip()[-200:]}"
    return None


class Installed:
    """Each client is installed once, when the first test asks for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._why_not: dict[str, str | None] = {}

    def __call__(self, name: str) -> Path:
        into = self._folder / name
        if name not in self._why_not:
            self._why_not[name] = install(name, into)
        if (reason := self._why_not[name]) is not None:
            pytest.skip(reason)
        return into
