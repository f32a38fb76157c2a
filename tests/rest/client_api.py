"""The web process on loopback, as the app of an end user sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest

from app.core.services import Services
from app.core.tokens import ChatClaims, sign_chat_token
from app.core.uow import unit_of_work
from app.domain.chat import accounts
from app.main import create_app
from app.models import Organization
from app.models.chat import ChatAccount
from tests.web import serving

MEERA, RAVI, ZOYA = "meera@localhost", "ravi@localhost", "zoya@localhost"
PASSWORD = "neem tree 7"
MUCLIGHT = "muclight.localhost"


@dataclass(frozen=True)
class Api:
    """The API, and the accounts that may use it."""

    services: Services
    accounts: dict[str, ChatAccount]
    http: httpx.AsyncClient

    async def call(
        self, who: str, method: str, path: str, json: Any = None, **more: Any
    ) -> tuple[int, Any]:
        """Status and body of one call."""
        answer = await self.http.request(
            method, f"/api{path}", auth=(who, PASSWORD), json=json, **more
        )
        return answer.status_code, answer.json() if answer.content else None

    @asynccontextmanager
    async def listen(self, who: str) -> AsyncIterator[AsyncIterator[tuple[str, dict[str, Any]]]]:
        """Give the events of a stream that is open."""
        async with self.http.stream("GET", "/api/sse", auth=(who, PASSWORD)) as answer:
            lines = answer.aiter_lines()
            assert await anext(lines) == ": open"
            yield _events(lines)

    def token(self, who: str) -> str:
        """The cookie by which the person opens a chat socket."""
        account, services = self.accounts[who], self.services
        claims = ChatClaims(
            account.username, account.domain, account.organization_id, account.id, None, "1"
        )
        # The gateway reads tokens by the machine's clock, which the test's own knows nothing of.
        start, ttl_s = datetime(2026, 1, 1, tzinfo=UTC), 20 * 365 * 86400
        return sign_chat_token(claims, services.config.secret_key, now=start, ttl_s=ttl_s)


async def _events(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    kind = ""
    async for line in lines:
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        if line.startswith("data: "):
            yield kind, orjson.loads(line.removeprefix("data: "))


@pytest.fixture
async def api(services: Services, org: Organization) -> AsyncIterator[Api]:
    """The web process on loopback, and three people with passwords."""
    made = {}
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        for who in (MEERA, RAVI, ZOYA):
            local, _, domain = who.partition("@")
            made[who] = await accounts.register(ctx, local, domain, PASSWORD)
    async with (
        serving(create_app(services=services)) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as http,
    ):
        yield Api(services, made, http)


async def next_of(events: AsyncIterator[tuple[str, dict[str, Any]]]) -> tuple[str, dict[str, Any]]:
    return await asyncio.wait_for(anext(events), 10)
