"""The unit of work: one transaction, and its events told once it is over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.core.context import SYSTEM, Actor, Ctx
from app.core.services import Services


@asynccontextmanager
async def unit_of_work(
    services: Services, *, org_id: int, actor: Actor = SYSTEM
) -> AsyncIterator[Ctx]:
    """Give a `Ctx`; commit when the block ends, roll back when it raises.

    The emitted events reach `services.react` after the commit and only then.
    """
    async with services.db.session() as session:
        ctx = Ctx(services, session, org_id, actor)
        async with session.begin():
            yield ctx
            await ctx.flush()
    if ctx.events:
        await services.react(services, org_id, tuple(ctx.events))


@asynccontextmanager
async def quick_work(services: Services, *, org_id: int) -> AsyncIterator[Ctx]:
    """Give a `Ctx` for statements of the driver that stand for themselves, at a third of the price.

    What is read is as it is at that moment. What was left to `write` is committed together when
    the block ends, and nothing of it when the block raises; the events are told after that.
    """
    session = services.db.session()
    try:
        async with services.db.lines.line() as driver:
            ctx = Ctx(services, session, org_id, SYSTEM, _driver=driver)
            yield ctx
            await ctx.flush_writes()
        # Verbs may have used the ORM too, on another connection.
        if session.in_transaction():
            await session.commit()
    finally:
        if session.in_transaction():
            await session.close()
    if ctx.events:
        await services.react(services, org_id, tuple(ctx.events))
