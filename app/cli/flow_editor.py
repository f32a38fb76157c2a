"""`samvad flow-editor install`: the files of the public flow editor, fetched with npm."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich import print as say

from app.supervisor.checks import CannotStart
from app.supervisor.surroundings import home_directory
from app.web import editor_files

app = typer.Typer(no_args_is_help=True, help="The page on which flows are drawn.")

#: Seconds that npm has; the package is 3 MB.
NPM_TIMEOUT_S = 180


@app.callback()
def flow_editor() -> None:
    """The page on which flows are drawn."""


@app.command("install")
def install(
    file: Annotated[
        Path | None,
        typer.Option(help="The package as `npm pack` has saved it, where npm is not here."),
    ] = None,
) -> None:
    """Fetch the editor's files into SAMVAD_HOME. Running it again changes nothing."""
    home = home_directory()
    if editor_files.is_installed(home) and file is None:
        say(f"The flow editor {editor_files.VERSION} is installed.")
        return
    try:
        if file is not None:
            editor_files.unpack(file, home)
        else:
            _fetch(home)
    except editor_files.NotTheEditor as error:
        raise CannotStart(str(error)) from error
    say(f"[green]The flow editor {editor_files.VERSION} is installed: open /flows.[/]")


def _fetch(home: Path) -> None:
    wanted = f"{editor_files.PACKAGE}@{editor_files.VERSION}"
    npm = shutil.which("npm")
    if npm is None:
        raise CannotStart(
            "npm is not here: install Node 18 or newer, or run `npm pack "
            f"{wanted}` elsewhere and give its file with --file."
        )
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", folder, wanted],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=NPM_TIMEOUT_S,
        )
        packages = list(Path(folder).glob("*.tgz"))
        if done.returncode or not packages:
            raise CannotStart(f"npm could not fetch {wanted}: {_last_line(done.stderr)}")
        editor_files.unpack(packages[0], home)


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing."
