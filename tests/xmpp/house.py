"""Several gateways over the same servers, and people who move from one to another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from app.core.services import Services
from app.protocol import ns
from app.protocol.element import child_text
from app.xmpp.server.app import RunningGateway, serve
from tests.xmpp.client import Client
from tests.xmpp.player import Player

SM = ns.STREAM_MANAGEMENT
ENABLE = f"<enable xmlns='{SM}' resume='true'/>"
AVAILABLE = "<presence xmlns='jabber:client'/>"


class House:
    """Gateways that share their servers, and people at any of them."""

    def __init__(self, services: Services, org_id: int, stack: AsyncExitStack) -> None:
        self.services = services
        self.org_id = org_id
        self._stack = stack

    async def node(self) -> tuple[RunningGateway, AsyncExitStack]:
        """One more node, and what stops it."""
        own = AsyncExitStack()
        running = await own.enter_async_context(serve(self.services))
        self._stack.push_async_callback(own.aclose)
        return running, own

    async def person(self, node: RunningGateway, name: str, how: str, resource: str = "") -> Client:
        player = Player(self.services, self.org_id, node.port, self._stack)
        return await player._connect(name, how, resource)

    async def managed(self, node: RunningGateway, name: str, resource: str) -> tuple[Client, str]:
        """An available person whose session can be resumed, and its id."""
        client = await self.person(node, name, "connects", resource)
        enabled = await client.ask(ENABLE)
        await client.send(AVAILABLE)
        await client.receive()
        return client, enabled.get("id", "")


async def eventually(holds: Callable[[], bool]) -> None:
    """What another node announced has come."""
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.01)


async def until(work: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(5):
        while not await work():
            await asyncio.sleep(0.01)


def message(id: str, to: str) -> str:
    return f"<message xmlns='jabber:client' type='chat' id='{id}' to='{to}'><body>{id}</body></message>"


def resume(id: str, h: int) -> str:
    return f"<resume xmlns='{SM}' previd='{id}' h='{h}'/>"


async def bodies(client: Client, count: int) -> list[str | None]:
    return [child_text(await client.receive(), "body", ns.CLIENT) for _ in range(count)]
