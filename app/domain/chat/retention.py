"""How long domains keep things: archives and uploads that are older than their settings say go."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Integer, or_
from sqlmodel import col, delete, select

from app.core.context import Ctx
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat.domain_settings import MAX_DOMAINS
from app.domain.chat.uploads import place_of
from app.models.chat import ChatAccount, ChatArchive, ChatDomain, ChatUpload

#: Rows that one transaction removes, and transactions of one domain in one go: the next goes on.
PAGE: Final = 1000
MAX_PAGES: Final = 200


async def purge(services: Services) -> int:
    """What domains no longer keep is gone, a bounded part of it at a time; how many rows went."""
    settings = col(ChatDomain.settings)
    limits = [settings[name].astext.cast(Integer) > 0 for name in ("archive_days", "upload_days")]
    statement = select(ChatDomain).where(or_(*limits)).order_by(col(ChatDomain.id))
    async with services.db.reading() as session:
        domains = (await session.scalars(statement.limit(MAX_DOMAINS))).all()
    return sum([await _purge_domain(services, domain) for domain in domains])


async def remove_archived(ctx: Ctx, domain: str, before: datetime) -> int:
    """At most PAGE messages that the domain's accounts archived before a moment are gone; how many."""
    old = (
        select(col(ChatArchive.id))
        .join(ChatAccount, col(ChatAccount.id) == col(ChatArchive.account_id))
        .where(*_at(ctx, domain), col(ChatArchive.sent_at) < before)
        .limit(PAGE)
    )
    statement: Any = delete(ChatArchive).where(col(ChatArchive.id).in_(old))
    gone = await ctx.session.scalars(statement.returning(col(ChatArchive.id)))
    return len(gone.all())


async def _purge_domain(services: Services, domain: ChatDomain) -> int:
    gone = 0
    for name, remove in (("archive_days", remove_archived), ("upload_days", _remove_uploads)):
        days = int(domain.settings.get(name, 0))
        if days <= 0:
            continue
        before = services.clock.now() - timedelta(days=days)
        for _ in range(MAX_PAGES):
            async with unit_of_work(services, org_id=domain.organization_id) as ctx:
                count = await remove(ctx, domain.name, before)
            gone += count
            if count < PAGE:
                break
    return gone


async def _remove_uploads(ctx: Ctx, domain: str, before: datetime) -> int:
    """A file goes before its row: a row without a file can be tried again, not the reverse."""
    old = (
        select(ChatUpload)
        .join(ChatAccount, col(ChatAccount.id) == col(ChatUpload.account_id))
        .where(*_at(ctx, domain), col(ChatUpload.asked_at) < before)
        .limit(PAGE)
    )
    rows = (await ctx.session.scalars(old)).all()
    await remove_files(ctx.services, [row.token for row in rows])
    for row in rows:
        await ctx.session.delete(row)
    return len(rows)


async def remove_files(services: Services, tokens: list[str]) -> None:
    """The files of these slots are gone."""
    places = [place_of(services.config, token) for token in tokens]

    def unlink() -> None:
        for place in places:
            place.unlink(missing_ok=True)

    await asyncio.to_thread(unlink)


def _at(ctx: Ctx, domain: str) -> tuple[Any, ...]:
    return col(ChatAccount.organization_id) == ctx.org_id, col(ChatAccount.domain) == domain
