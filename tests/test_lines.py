"""Connections that stay at hand: statements for themselves, and what becomes of a connection that fails."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.prepared import Prepared
from app.core.services import Services
from app.core.uow import quick_work

_WHO = Prepared(text("SELECT pg_backend_pid()"))
_MAKE = Prepared(text("CREATE TABLE kept (number integer PRIMARY KEY)"))
_KEEP = Prepared(text("INSERT INTO kept VALUES (:number)"))
_KEPT = Prepared(text("SELECT number FROM kept ORDER BY number"))


async def _backend(services: Services) -> int:
    async with quick_work(services, org_id=1) as ctx:
        ((pid,),) = await ctx.fetch(_WHO)
    return int(pid)


async def _kept(services: Services) -> list[int]:
    async with quick_work(services, org_id=1) as ctx:
        return [number for (number,) in await ctx.fetch(_KEPT)]


async def test_the_same_connection_serves_one_piece_of_work_after_another(
    services: Services,
) -> None:
    assert await _backend(services) == await _backend(services)


async def test_a_connection_that_the_server_closed_is_not_used_again(
    services: Services, database_url: str
) -> None:
    before = await _backend(services)
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", (before,))

    assert await _backend(services) != before


async def test_what_is_written_together_is_committed_together_or_not_at_all(
    services: Services,
) -> None:
    async with quick_work(services, org_id=1) as ctx:
        ctx.write(_MAKE)
    async with quick_work(services, org_id=1) as ctx:
        ctx.write(_KEEP, number=1)
        ctx.write(_KEEP, number=2)

    with pytest.raises(DBAPIError):
        async with quick_work(services, org_id=1) as ctx:
            ctx.write(_KEEP, number=3)
            ctx.write(_KEEP, number=2)

    assert await _kept(services) == [1, 2]


async def test_nothing_is_written_when_the_work_raises(services: Services) -> None:
    async with quick_work(services, org_id=1) as ctx:
        ctx.write(_MAKE)

    with pytest.raises(LookupError):
        async with quick_work(services, org_id=1) as ctx:
            ctx.write(_KEEP, number=1)
            raise LookupError

    assert await _kept(services) == []
