"""`samvad chat-data`: the chat accounts of a domain as a file that other servers read (XEP-0227)."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import print as say
from rich.progress import Progress

if TYPE_CHECKING:
    from app.domain.chat.piefxis_import import Report

app = typer.Typer(no_args_is_help=True, help="Chat accounts to and from other servers.")

Org = Annotated[str | None, typer.Option(help="The organization's shortcode.")]


@app.callback()
def chat_data() -> None:
    """Chat accounts to and from other servers."""


@app.command("export")
def export(
    domain: Annotated[str, typer.Argument(help="Whose accounts, such as chat.ngo.example.")],
    file: Annotated[Path, typer.Argument(help="The file to write, readable by its owner only.")],
    org: Org = None,
) -> None:
    """Write every account of the domain with what it keeps: keys, roster, card, nodes, archive.

    The format is that of XEP-0227, which ejabberd and Prosody read.
    """
    count = asyncio.run(_export(domain, file, org))
    say(f"[green]{file}[/] holds {count} accounts.")


async def _export(domain: str, file: Path, org: str | None) -> int:
    from app.cli.work import unit_of_work_of
    from app.domain.chat.piefxis import export_host

    async with unit_of_work_of(org) as ctx:
        count = 0
        # Keys are as good as passwords to who has time: nobody else may read them (6).
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out, Progress() as progress:
            task = progress.add_task("accounts", total=None)
            async for text in export_host(ctx.services, ctx.org_id, domain):
                out.write(text)
                if text.startswith("<user "):
                    count += 1
                    progress.update(task, completed=count)
        return count


@app.command("import")
def import_(
    domain: Annotated[str, typer.Argument(help="The domain at which the accounts are.")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    org: Org = None,
) -> None:
    """Take in the accounts of a file of XEP-0227. Those that are there already stay as they are."""
    report = asyncio.run(_import(domain, file, org))
    for line in report.left_out:
        say(f"left out: {line}")
    say(f"[green]{report.made}[/] accounts made, {report.known} were there already.")


async def _import(domain: str, file: Path, org: str | None) -> Report:
    from app.cli.work import unit_of_work_of
    from app.domain.chat.piefxis_import import import_host

    async with unit_of_work_of(org) as ctx:
        with file.open("rb") as source:
            return await import_host(ctx.services, ctx.org_id, domain, source)
