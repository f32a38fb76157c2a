"""`samvad chat-domain`: domains of the chat server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import print as say

from app.cli.chat_users import Org
from app.cli.ctl import pairs

if TYPE_CHECKING:
    from app.domain.chat.domains import Domain

Name = Annotated[str, typer.Argument(help="The domain, such as farm.example.")]

app = typer.Typer(no_args_is_help=True, help="Domains of the chat server.")


@app.command("list")
def list_domains(org: Org = None) -> None:
    """List the organization's domains with their settings, one a line, the main one first."""
    for domain in asyncio.run(_list(org)):
        _show(domain)


async def _list(org: str | None) -> Sequence[Domain]:
    from app.cli.work import unit_of_work_of
    from app.domain.chat import domains

    async with unit_of_work_of(org) as ctx:
        return await domains.list_domains(ctx)


@app.command("add")
def add(name: Name, org: Org = None) -> None:
    """Give the organization one more domain, where it can have accounts and rooms."""
    asyncio.run(_add(name, org))
    say(f"[green]{name}[/] is served.")


async def _add(name: str, org: str | None) -> None:
    from app.cli.work import unit_of_work_of
    from app.domain.chat import domains

    async with unit_of_work_of(org) as ctx:
        await domains.add_domain(ctx, name)


@app.command("remove")
def remove(name: Name, org: Org = None) -> None:
    """Give a domain up at which no account and no room is left."""
    asyncio.run(_remove(name, org))
    say(f"[green]{name}[/] is not served any more.")


async def _remove(name: str, org: str | None) -> None:
    from app.cli.work import unit_of_work_of
    from app.domain.chat import domains

    async with unit_of_work_of(org) as ctx:
        await domains.remove_domain(ctx, name)


@app.command("enable")
def enable(name: Name, org: Org = None) -> None:
    """Turn a domain on."""
    asyncio.run(_turn(name, org, is_enabled=True))
    say(f"[green]{name}[/] is on.")


@app.command("disable")
def disable(name: Name, org: Org = None) -> None:
    """Turn a domain off: its sessions end on every node, and nobody logs in there."""
    asyncio.run(_turn(name, org, is_enabled=False))
    say(f"[green]{name}[/] is off.")


async def _turn(name: str, org: str | None, *, is_enabled: bool) -> None:
    from app.cli.work import unit_of_work_of
    from app.domain.chat import domains

    async with unit_of_work_of(org) as ctx:
        await domains.set_enabled(ctx, name, is_enabled=is_enabled)


@app.command("set")
def set_(
    name: Name,
    settings: Annotated[
        list[str], typer.Argument(help="name=value; `name=null` gives it back to the installation.")
    ],
    org: Org = None,
) -> None:
    """Change settings of a domain and print all of them.

    For example: samvad chat-domain set farm.example archive_days=365 registration=true
    """
    _show(asyncio.run(_set(name, pairs(settings), org)))


async def _set(name: str, changes: dict[str, Any], org: str | None) -> Domain:
    from app.cli.work import unit_of_work_of
    from app.domain.chat import domains

    async with unit_of_work_of(org) as ctx:
        return await domains.configure_domain(ctx, name, changes)


@app.command("password")
def password(
    name: Name,
    new: Annotated[
        str, typer.Option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
    ],
    org: Org = None,
) -> None:
    """Set the password by which the domain is administered; an empty one removes it."""
    asyncio.run(_password(name, new, org))
    say(f"[green]{name}[/] has {'a' if new else 'no'} password.")


async def _password(name: str, new: str, org: str | None) -> None:
    from app.cli.work import unit_of_work_of
    from app.domain.chat import domains

    async with unit_of_work_of(org) as ctx:
        if new:
            await domains.set_admin_password(ctx, name, new)
        else:
            await domains.delete_admin_password(ctx, name)


def _show(domain: Domain) -> None:
    state = "on" if domain.is_enabled else "off"
    settings = " ".join(f"{n}={json.dumps(v)}" for n, v in asdict(domain.settings).items())
    line = f"{domain.name} {state}{' main' if domain.is_main else ''} {settings}"
    print(line)
