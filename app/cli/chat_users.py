"""`samvad chat-user`: accounts of the chat server."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich import print as say

if TYPE_CHECKING:
    from app.domain.chat.bans import Ban
    from app.domain.chat.last_activity import Seen

Address = Annotated[str, typer.Argument(help="user@domain")]
Org = Annotated[str | None, typer.Option(help="The organization's shortcode.")]
Domain = Annotated[str | None, typer.Option(help="Only accounts of this domain.")]
#: Lines that a list reads at once.
PAGE = 100

app = typer.Typer(no_args_is_help=True, help="Accounts of the chat server.")


@app.callback()
def chat_users() -> None:
    """Accounts of the chat server."""


@app.command("create")
def create(
    addresses: Annotated[list[str], typer.Argument(help="user@domain, one or more")],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
    org: Org = None,
) -> None:
    """Make accounts that a chat client can log in with.

    An account whose user name is a phone number is that of the contact with the phone, who is made
    when there is none. All accounts are made or, when one cannot be, none.
    """
    pairs = [parts(address) for address in addresses]
    asyncio.run(_create(pairs, password, org))
    for address in addresses:
        say(f"[green]{address}[/] can log in.")


def parts(address: str) -> tuple[str, str]:
    """The name and the domain.

    >>> parts("asha@farm.example")
    ('asha', 'farm.example')
    """
    username, _, domain = address.partition("@")
    if not username or not domain:
        raise typer.BadParameter("an address is written user@domain")
    return username, domain


async def _create(pairs: list[tuple[str, str]], password: str, org: str | None) -> None:
    from app.cli.work import unit_of_work_of
    from app.domain.chat.accounts import register
    from app.domain.contacts.service import resolve_contact

    async with unit_of_work_of(org) as ctx:
        for username, domain in pairs:
            contact = await resolve_contact(ctx, username) if username.isdigit() else None
            await register(ctx, username, domain, password, contact.id if contact else None)


@app.command("ban")
def ban(
    address: Address,
    reason: Annotated[str, typer.Option(help="What the banned person reads.")] = "",
    days: Annotated[float | None, typer.Option(help="Days after which it ends.", min=0.0)] = None,
    org: Org = None,
) -> None:
    """Shut an account out: its sessions end on every node, and it cannot log in."""
    made = asyncio.run(_ban(address, reason, days, org))
    say(f"[green]{address}[/] is banned{_until(made)}.")


async def _ban(address: str, reason: str, days: float | None, org: str | None) -> Ban:
    from app.cli.work import unit_of_work_of
    from app.domain.chat import bans

    username, domain = parts(address)
    async with unit_of_work_of(org) as ctx:
        until = None if days is None else ctx.clock.now() + timedelta(days=days)
        return await bans.ban(ctx, username, domain, reason, until)


@app.command("unban")
def unban(address: Address, org: Org = None) -> None:
    """Let a banned account in again."""
    was = asyncio.run(_unban(address, org))
    say(f"[green]{address}[/] can log in{'' if was else ', as before'}.")


async def _unban(address: str, org: str | None) -> bool:
    from app.cli.work import unit_of_work_of
    from app.domain.chat import bans

    async with unit_of_work_of(org) as ctx:
        return await bans.unban(ctx, *parts(address))


@app.command("bans")
def list_bans(domain: Domain = None, org: Org = None) -> None:
    """List the bans that are in force, one a line: address, end, reason."""
    for made in asyncio.run(_bans(domain, org)):
        print(f"{made.account}{_until(made)}{f': {made.reason}' if made.reason else ''}")


async def _bans(domain: str | None, org: str | None) -> list[Ban]:
    from app.cli.work import unit_of_work_of
    from app.core.page import Page
    from app.domain.chat import bans

    found: list[Ban] = []
    async with unit_of_work_of(org) as ctx:
        while page := await bans.list_bans(ctx, domain, Page(limit=PAGE, offset=len(found))):
            found.extend(page)
    return found


def _until(made: Ban) -> str:
    return "" if made.until is None else f" until {made.until:%Y-%m-%d %H:%M} UTC"


@app.command("last")
def last(
    address: Address,
    set_: Annotated[datetime | None, typer.Option("--set", help="The moment, in UTC.")] = None,
    status: Annotated[str, typer.Option(help="What it said when it left, with --set.")] = "",
    org: Org = None,
) -> None:
    """Show when an account was last there, or set it."""
    seen = asyncio.run(_last(address, set_, status, org))
    if seen is None:
        say(f"{address} was never there.")
        return
    said = f": {seen.status}" if seen.status else ""
    print(f"{address} was last there on {seen.at:%Y-%m-%d at %H:%M:%S} UTC{said}")


async def _last(address: str, at: datetime | None, status: str, org: str | None) -> Seen | None:
    from app.cli.work import unit_of_work_of
    from app.domain.chat import last_activity

    username, domain = parts(address)
    async with unit_of_work_of(org) as ctx:
        if at is not None:
            seen = last_activity.Seen(at.replace(tzinfo=UTC), status)
            await last_activity.set_last(ctx, username, domain, seen)
        return await last_activity.get_last(ctx, username, domain)
