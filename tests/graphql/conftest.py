"""The API as a client sees it: real ASGI, real tokens, a socket for subscriptions."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import pytest
from starlette.applications import Starlette

from app.core.context import Ctx
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.login.tokens import issue_tokens
from app.domain.messages import channel
from app.domain.messages.channel import Receipt
from app.main import create_app
from app.models import Contact, Message, Organization, User


@dataclass(frozen=True)
class Client:
    """Somebody logged in. `token` is what his browser holds."""

    http: httpx.AsyncClient
    app: Starlette
    services: Services
    user: User
    token: str

    async def post(self, body: Any, **more: Any) -> httpx.Response:
        headers = {"authorization": self.token}
        return await self.http.post("/api", json=body, headers=headers, **more)

    async def execute(
        self, document: str, variables: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The whole answer: `data`, and `errors` where there are any."""
        answer = await self.post({"query": document, "variables": variables or {}})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def data(self, document: str, variables: dict[str, Any] | None = None) -> Any:
        """The `data` of an answer without errors."""
        answer = await self.execute(document, variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    @asynccontextmanager
    async def subscribe(
        self, document: str, variables: dict[str, Any] | None = None, *, topics: int = 1
    ) -> AsyncIterator[Callable[[], Awaitable[dict[str, Any]]]]:
        """Give a function that waits for the next answer of a subscription that already holds.

        `topics=0` for a subscription that is refused.
        """
        before = await _listeners(self.services)
        async with Socket(self.app).opened(self.token) as socket:
            payload = {"query": document, "variables": variables or {}}
            await socket.send({"id": "1", "type": "subscribe", "payload": payload})
            while await _listeners(self.services) < before + topics:
                await asyncio.sleep(0.005)

            async def following() -> dict[str, Any]:
                message = await socket.receive()
                assert message["type"] in ("next", "error"), message
                body: Any = message["payload"]
                return body if message["type"] == "next" else {"errors": body}

            yield following


async def _listeners(services: Services) -> int:
    return len(await services.redis.pubsub_channels("live:*"))


class Socket:
    """One `/socket`, spoken to over ASGI itself: no port, no thread."""

    def __init__(self, app: Starlette) -> None:
        self._app = app
        self._in: asyncio.Queue[Any] = asyncio.Queue()
        self._out: asyncio.Queue[Any] = asyncio.Queue()

    @asynccontextmanager
    async def opened(self, token: str | None) -> AsyncIterator[Socket]:
        """Give the socket, after `connection_ack` when `token` is given."""
        scope = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "scheme": "ws",
            "path": "/socket",
            "raw_path": b"/socket",
            "root_path": "",
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
            "subprotocols": ["graphql-transport-ws"],
            "server": ("localhost", 4000),
            "client": ("127.0.0.1", 1),
        }
        task = asyncio.create_task(self._app(scope, self._in.get, self._out.put))
        await self._in.put({"type": "websocket.connect"})
        accepted = await self._next()
        assert accepted["type"] == "websocket.accept", accepted
        assert accepted["subprotocol"] == "graphql-transport-ws"
        try:
            if token is not None:
                await self.send({"type": "connection_init", "payload": {"authToken": token}})
                ack = await self.receive()
                assert ack["type"] == "connection_ack", ack
            yield self
        finally:
            await self._in.put({"type": "websocket.disconnect", "code": 1000})
            await asyncio.wait_for(task, 5)

    async def send(self, message: dict[str, Any]) -> None:
        await self._in.put({"type": "websocket.receive", "text": orjson.dumps(message).decode()})

    async def receive(self) -> dict[str, Any]:
        """The next message; `{"type": "closed", "code"}` when the server has closed."""
        event = await self._next()
        if event["type"] == "websocket.close":
            return {"type": "closed", "code": event["code"]}
        found: dict[str, Any] = orjson.loads(event["text"])
        return found

    async def _next(self) -> Any:
        return await asyncio.wait_for(self._out.get(), 5)


@pytest.fixture
def app(services: Services, org: Organization) -> Starlette:
    """The whole web application over the test's services."""
    return create_app(services=services)


@pytest.fixture
async def http(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:4000") as client:
        yield client


StaffClient = Callable[..., Awaitable[Client]]

_phones = iter(range(9_100_000_000_00, 9_100_000_999_99))


@pytest.fixture
def staff_client(
    app: Starlette, http: httpx.AsyncClient, services: Services, org: Organization
) -> StaffClient:
    """`await staff_client(role="admin")` is a client whose user is made and logged in."""

    async def make(
        role: str = "admin",
        *,
        name: str | None = None,
        organization: Organization | None = None,
        is_restricted: bool = False,
    ) -> Client:
        of = organization or org
        async with unit_of_work(services, org_id=of.id or 0) as ctx:
            phone = str(next(_phones))
            contact = Contact(
                organization_id=of.id,
                uuid=str(ctx.ids.uuid4()),
                name=name or role.title(),
                phone=phone,
                language_id=of.default_language_id,
            )
            ctx.session.add(contact)
            await ctx.session.flush()
            user = User(
                organization_id=of.id,
                name=name or role.title(),
                phone=phone,
                password_hash="not a hash",
                roles=[role],
                contact_id=contact.id,
                language_id=of.default_language_id,
                is_restricted=is_restricted,
            )
            ctx.session.add(user)
            await ctx.session.flush()
            pair = await issue_tokens(ctx, user)
        return Client(http, app, services, user, pair.access_token)

    return make


class CodeChannel:
    """The end of the chat where a person reads his one-time codes."""

    is_local = False

    def __init__(self) -> None:
        self.codes: list[str] = []

    async def send(self, ctx: Ctx, message: Message, contact: Contact) -> Receipt:
        self.codes += re.findall(r"^\d{6}\b", message.body or "")
        return Receipt(is_sent=True)


@pytest.fixture
def sent_codes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The one-time codes that have reached somebody, in order."""
    reader = CodeChannel()
    # The register is the port: the real channels need a chat server to speak to.
    monkeypatch.setattr(channel, "CHANNELS", {"xmpp": reader, "simulator": reader})
    return reader.codes
