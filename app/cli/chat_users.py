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
    addresses: Annotated[list[str], typer.Argument(help="user@domain, one or more")],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
    org: Annotated[str | None, typer.Option(help="The organization's shortcode.")] = None,
) -> None:
    """Make accounts that a chat client can log in with.

    An account whose user name is a phone number is that of the contact with the phone, who is made
    when there is none. All accounts are made or, when one cannot be, none.
    """
    pairs = [(username, domain) for username, _, domain in (a.partition("@") for a in addresses)]
    if not all(username and domain for username, domain in pairs):
        raise typer.BadParameter("an address is written user@domain")
    asyncio.run(_create(pairs, password, org))
    for address in addresses:
        say(f"[green]{address}[/] can log in.")


async def _create(pairs: list[tuple[str, str]], password: str, org: str | None) -> None:
    from app.cli.work import unit_of_work_of
    from app.domain.chat.accounts import register
    from app.domain.contacts.service import resolve_contact

    async with unit_of_work_of(org) as ctx:
        for username, domain in pairs:
            contact = await resolve_contact(ctx, username) if username.isdigit() else None
            await register(ctx, username, domain, password, contact.id if contact else None)
