"""How a command in another terminal finds the servers that `samvad up` has started.

The supervisor leaves the settings of its run in a file of mode 0600 in the data directory.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

#: The source tree, or the folder the product was installed into.
ROOT = Path(__file__).resolve().parents[2]
FILE = "surroundings.json"
NAMES = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "WEB_PORT",
    "GATEWAY_PORT",
    "ADMIN_PORT",
    "PUBLIC_URL",
    "ALLOW_CHAT_PASSWORDS",
    "ALLOWED_PRIVATE_HOSTS",
    "DEMO_WEBHOOK_PORT",
    "DEMO_SIGNATURE_PHRASE",
)


def home_directory() -> Path:
    """Where this installation keeps its data: SAMVAD_HOME, or `.samvad` beside the source."""
    return Path(os.environ.get("SAMVAD_HOME") or ROOT / ".samvad").resolve()


def leave_surroundings(home: Path, env: Mapping[str, str]) -> None:
    """Write the settings of a run for the commands of other terminals."""
    path = home / FILE
    kept = {name: env[name] for name in NAMES if name in env}
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        json.dump(kept, file, indent=1)


def remove_surroundings(home: Path) -> None:
    """Take the file away, since its servers are gone."""
    (home / FILE).unlink(missing_ok=True)


def adopt_surroundings() -> None:
    """Put the settings of the running supervisor into the environment, where none is set."""
    os.environ["SAMVAD_HOME"] = str(home_directory())
    try:
        kept: dict[str, str] = json.loads((home_directory() / FILE).read_text())
    except (OSError, ValueError):
        return
    for name, value in kept.items():
        os.environ.setdefault(name, value)


def ready_file(home: Path, name: str) -> Path:
    """The file by which part `name` says that it is ready."""
    return home / f"{name}.ready"
