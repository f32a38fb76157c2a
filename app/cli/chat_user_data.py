"""What accounts have left: exported, removed, or found where nobody has come for long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import print as say
from rich.console import Console
from rich.progress import Progress

from app.cli.chat_users import Address, Domain, Org, parts

if TYPE_CHECKING:
    from app.core.services import Services
    from app.domain.chat.last_activity import Unused


def add_to(app: typer.Typer) -> None:
    for name, command in (("export", export), ("remove", remove), ("unused", unused)):
        app.command(name)(command)


def export(
    address: Address,
    path: Annotated[Path, typer.Argument(help="The file to write, .json or .zip.")],
    org: Org = None,
) -> None:
    """Write everything that an account has left into one file (GDPR 15, 20)."""
    rows = asyncio.run(_export(address, path, org))
    say(f"[green]{path}[/] has {rows} rows.")


async def _export(address: str, path: Path, org: str | None) -> int:
    from app.cli.work import services_of
    from app.core.uow import unit_of_work
    from app.domain.chat import personal_data, personal_files, removal

    async with services_of(org) as (services, org_id):
        async with unit_of_work(services, org_id=org_id) as ctx:
            whose = await personal_data.whose(ctx, *parts(address))
            total = await removal.count_own(ctx, whose.account_id)
        with _bar(f"Exporting {address}", total) as advance:
            return await personal_files.export(services, whose, path, advance)


def remove(
    addresses: Annotated[list[str], typer.Argument(help="user@domain, one or more")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    org: Org = None,
) -> None:
    """Remove accounts and everything that they have left (GDPR 17)."""
    pairs = [parts(address) for address in addresses]
    if not yes:
        typer.confirm(f"Remove {', '.join(addresses)} for good?", abort=True)
    erased = asyncio.run(_remove(pairs, org))
    say(f"[green]{len(pairs)}[/] removed, with {erased} rows.")


async def _remove(pairs: Sequence[tuple[str, str]], org: str | None) -> int:
    from app.cli.work import services_of

    async with services_of(org) as (services, org_id):
        return await _remove_all(services, org_id, pairs)


async def _remove_all(services: Services, org_id: int, pairs: Sequence[tuple[str, str]]) -> int:
    """The accounts are gone, one transaction each, and what they left after a moment."""
    from app.core.uow import unit_of_work
    from app.domain.chat import removal

    removed: list[int] = []
    total = 0
    for username, domain in pairs:
        async with unit_of_work(services, org_id=org_id) as ctx:
            removed.append(await removal.remove(ctx, username, domain))
            total += await removal.count_own(ctx, removed[-1]) + 1
    # Nodes finish what they have in hand for the accounts.
    await asyncio.sleep(removal.SETTLE_S)
    erased = 0
    with _bar("Removing", total) as advance:
        for account_id in removed:
            erased += await removal.erase(services, account_id, advance)
    return erased


def unused(
    days: Annotated[int, typer.Option(help="Days without the account being there.", min=1)],
    domain: Domain = None,
    should_remove: Annotated[bool, typer.Option("--remove", help="Remove them.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    org: Org = None,
) -> None:
    """List accounts that nobody has used for long, one a line, or remove them.

    Who is connected now is never among them.
    """
    if should_remove and not yes:
        whose = f"of {domain} " if domain else ""
        typer.confirm(f"Remove all accounts {whose}unused for {days} days?", abort=True)
    count = asyncio.run(_unused(days, domain, org, should_remove))
    if should_remove:
        say(f"[green]{count}[/] removed.")


async def _unused(days: int, domain: str | None, org: str | None, should_remove: bool) -> int:
    from app.cli.work import services_of
    from app.core.page import MAX_LIMIT
    from app.core.uow import unit_of_work
    from app.domain.chat import last_activity

    count, after = 0, 0
    async with services_of(org) as (services, org_id):
        before = services.clock.now() - timedelta(days=days)
        while True:
            async with unit_of_work(services, org_id=org_id) as ctx:
                page = await last_activity.list_unused(ctx, before, domain, after=after)
            gone = await _without_online(services, page)
            count += len(gone)
            if should_remove and gone:
                pairs = [parts(one.account) for one in gone]
                await _remove_all(services, org_id, pairs)
            for one in gone:
                _show(one)
            if len(page) < MAX_LIMIT:
                return count
            after = page[-1].account_id


async def _without_online(services: Services, page: Sequence[Unused]) -> list[Unused]:
    from app.protocol.jid import Jid
    from app.xmpp.server.directory import find_online_many

    found = await find_online_many(services.redis, [Jid.parse(one.account) for one in page])
    online = {str(remote.jid.bare) for remote in found}
    return [one for one in page if one.account not in online]


def _show(one: Unused) -> None:
    seen = f"{one.seen_at:%Y-%m-%d}" if one.seen_at is not None else "never"
    print(one.account, seen)


@contextmanager
def _bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on the terminal's error output, so that lists can be piped."""
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task(what, total=total)
        yield lambda count: progress.advance(task, count)
