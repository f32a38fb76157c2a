"""`samvad docs`: pages that are made from the code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich import print as say
from rich.markup import escape

app = typer.Typer(no_args_is_help=True, help="Pages that are made from the code.")


@app.callback()
def docs() -> None:
    """Pages that are made from the code."""


@app.command("flows")
def flows(
    file: Annotated[
        Path | None, typer.Argument(help="Where to write it; else it is printed.")
    ] = None,
) -> None:
    """The language of flows: variables, actions, cases and functions with examples."""
    from flows.docs.page import page

    if file is None:
        print(page(), end="")
        return
    file.write_text(page(), encoding="utf-8")
    say(f"[green]{escape(str(file))} is written.[/]")
