"""The administration of the installation, on loopback: its health and its figures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core.services import Services
from app.settings import Settings
from app.wiring import open_services

#: Seconds that Valkey has to answer.
TIMEOUT_S = 3


def create_app() -> FastAPI:
    """The application of `samvad admin`."""
    app = FastAPI(title="Samvad administration", lifespan=_with_services, docs_url=None)

    @app.get("/health")
    async def health(response: Response) -> dict[str, str]:
        """Whether PostgreSQL and Valkey answer; 503 when one does not."""
        found = await look(app.state.services)
        if set(found.values()) != {"ok"}:
            response.status_code = 503
        return found

    @app.get("/metrics")
    async def metrics() -> Response:
        """The figures of this process in the text format of Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app


@asynccontextmanager
async def _with_services(app: FastAPI) -> AsyncIterator[None]:
    async with open_services(Settings(), application="samvad-admin") as services:
        app.state.services = services
        yield


async def look(services: Services) -> dict[str, str]:
    """The state of each server that the product stands on: `ok`, or `unreachable`."""
    found = {"database": "ok", "redis": "ok"}
    try:
        async with services.db.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        found["database"] = "unreachable"
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await services.redis.ping()
    except (RedisError, TimeoutError, OSError):
        found["redis"] = "unreachable"
    return found
