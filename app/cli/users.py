"""`samvad user`: people who log in to the web."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich import print as say

from app.cli.work import found_if_empty, unit_of_work_of

app = typer.Typer(no_args_is_help=True, help="People who log in to the web.")

ROLES = ("admin", "manager", "staff", "none")


@app.callback()
def users() -> None:
    """People who log in to the web."""


@app.command("create")
def create(
    phone: Annotated[str, typer.Option(prompt=True, help="Digits with the country code.")],
    name: Annotated[str, typer.Option(prompt=True)],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
    role: Annotated[str, typer.Option(help="admin, manager, staff or none.")] = "staff",
    admin: Annotated[bool, typer.Option("--admin", help="The same as --role admin.")] = False,
    org: Annotated[str | None, typer.Option(help="The organization's shortcode.")] = None,
    org_name: Annotated[
        str, typer.Option(help="The organization to make when there is none yet.")
    ] = "Main",
) -> None:
    """Make a user. The very first one, an admin, comes with the organization itself."""
    chosen = "admin" if admin else role
    if chosen not in ROLES:
        raise typer.BadParameter(f"a role is one of {', '.join(ROLES)}")
    if chosen == "admin":
        asyncio.run(found_if_empty(org_name))
    asyncio.run(_create(name, phone, password, chosen, org))
    say(f"[green]{name}[/] can log in with {phone} as {chosen}.")


async def _create(name: str, phone: str, password: str, role: str, org: str | None) -> None:
    from app.domain.users.service import NewUser, create_user

    async with unit_of_work_of(org) as ctx:
        await create_user(ctx, NewUser(name=name, phone=phone, password=password, roles=(role,)))
