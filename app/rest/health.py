"""`/health` says that the process runs, `/health/ready` that it can serve."""

from __future__ import annotations

import asyncio

import orjson
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

from app.core.services import Services

#: Seconds that the servers behind have to answer.
_TIMEOUT_S = 3


async def alive(request: Request) -> Response:
    """The process runs."""
    return _json({"status": "ok"}, 200)


async def ready(request: Request) -> Response:
    """Database and Redis answer; 503 names the one that does not."""
    services: Services = request.app.state.services
    found = {"database": await _database(services), "redis": await _redis(services)}
    good = all(value == "ok" for value in found.values())
    return _json({"status": "ok" if good else "down", **found}, 200 if good else 503)


async def _database(services: Services) -> str:
    try:
        async with asyncio.timeout(_TIMEOUT_S), services.db.reading() as session:
            await session.execute(text("SELECT 1"))
    except (SQLAlchemyError, TimeoutError, OSError):
        return "down"
    return "ok"


async def _redis(services: Services) -> str:
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            await services.redis.ping()
    except (RedisError, TimeoutError, OSError):
        return "down"
    return "ok"


def _json(body: dict[str, str], status: int) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
