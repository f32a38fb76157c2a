"""The unit of work: one transaction, and its events told once it is over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import structlog
from sqlalchemy.exc import DataError

from app.core import log
from app.core.context import SYSTEM, Actor, Ctx
from app.core.errors import Invalid
from app.core.services import Services

_log = log.get(__name__)


@asynccontextmanager
async def unit_of_work(
    services: Services, *, org_id: int, actor: Actor = SYSTEM
) -> AsyncIterator[Ctx]:
    """Give a `Ctx`; commit when the block ends, roll back when it raises.

    The emitted events reach `services.react` after the commit and only then. Raises Invalid for a
    value that no column can hold, such as a text with the character NUL.
    """
    with structlog.contextvars.bound_contextvars(org_id=org_id):
        async with services.db.session() as session:
            ctx = Ctx(services, session, org_id, actor)
            try:
                async with session.begin():
                    yield ctx
                    await ctx.flush()
            except (DataError, psycopg.DataError) as error:
                # PostgreSQL's class 22: what is wrong is in the value, and so in what somebody sent.
                cause = error.orig if isinstance(error, DataError) else error
                _log.warning("value not storable", reason=type(cause).__name__)
                raise Invalid(
                    "input", "holds a character or number that cannot be stored"
                ) from error
        if ctx.events:
            await services.react(services, org_id, tuple(ctx.events))


@asynccontextmanager
async def quick_work(services: Services, *, org_id: int) -> AsyncIterator[Ctx]:
    """Give a `Ctx` for statements of the driver that stand for themselves, at a third of the price.

    What is read is as it is at that moment. What was left to `write` is committed together when
    the block ends, and nothing of it when the block raises; the events are told after that.
    """
    with structlog.contextvars.bound_contextvars(org_id=org_id):
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
