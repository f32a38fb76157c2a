"""`samvad chat-user`: accounts of the chat server."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich import print as say

app = typer.Typer(no_args_is_help=True, help="Accounts of the chat server.")


@app.callback()
def chat_users() -> None:
    """Accounts of the chat server."""


@app.command("create")
def create(
    address: Annotated[str, typer.Argument(help="user@domain")],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
    org: Annotated[str | None, typer.Option(help="The organization's shortcode.")] = None,
) -> None:
    """Make an account that a chat client can log in with."""
    username, _, domain = address.partition("@")
    if not username or not domain:
        raise typer.BadParameter("an address is written user@domain")
    asyncio.run(_create(username, domain, password, org))
    say(f"[green]{address}[/] can log in.")


async def _create(username: str, domain: str, password: str, org: str | None) -> None:
    from app.cli.work import unit_of_work_of
    from app.domain.chat.accounts import register

    async with unit_of_work_of(org) as ctx:
        await register(ctx, username, domain, password)
