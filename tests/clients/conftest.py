"""A gateway and a web process over the real servers, two people who know each other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.core.clock import SystemClock
from app.core.services import Services
from app.core.tokens import ChatClaims, sign_chat_token
from app.core.uow import unit_of_work
from app.domain.chat import accounts
from app.main import create_app
from app.models import Organization
from app.models.chat import RosterItem
from app.xmpp.server.app import RunningGateway, serve
from app.xmpp.server.tcp import TcpPorts
from tests.clients import packages
from tests.clients.node_client import NodeClient, running
from tests.clients.wire import Wire, wire
from tests.e2e.conftest import free_ports
from tests.web import serving

PASSWORD = "a neem tree"
PEOPLE = ("meera", "ravi")


@dataclass
class Town:
    """Where clients connect: each by a wire of its own."""

    gateway: RunningGateway
    services: Services
    org: Organization
    stack: AsyncExitStack

    async def wire(self) -> Wire:
        return await self.stack.enter_async_context(wire(self.gateway.port))

    async def client(self, folder: Path, name: str) -> tuple[NodeClient, Wire]:
        """A client of that person that is online, and its wire."""
        line = await self.wire()
        client = await self.stack.enter_async_context(
            running(folder, line.websocket, f"{name}@localhost", PASSWORD)
        )
        client.jid = (await client.do("login"))["jid"]
        return client, line

    async def cookie(self, name: str) -> str:
        """What a site that has logged that person in would set as `auth_token`."""
        async with unit_of_work(self.services, org_id=self.org.id) as ctx:
            account = await accounts.find_account(ctx, name, "localhost")
        assert account is not None
        claims = ChatClaims(name, "localhost", self.org.id, account.id, None, "1")
        config, now = self.services.config, self.services.clock.now()
        return sign_chat_token(claims, config.secret_key, now=now, ttl_s=600)


@pytest.fixture
async def town(services: Services, org: Organization) -> AsyncIterator[Town]:
    """Meera and Ravi have each other in their rosters, and see each other's presence."""
    (web,) = free_ports(1)
    config = replace(services.config, public_url=f"http://localhost:{web}")
    served = replace(services, clock=SystemClock(), config=config)
    async with unit_of_work(served, org_id=org.id) as ctx:
        for name, other in (PEOPLE, PEOPLE[::-1]):
            account = await accounts.register(ctx, name, "localhost", PASSWORD)
            ctx.session.add(
                RosterItem(
                    organization_id=ctx.org_id, account_id=account.id, subscription="both",
                    jid=f"{other}@localhost", name=other.title(),
                )
            )  # fmt: skip
    tcp = TcpPorts(starttls=0)
    async with serve(served, tcp=tcp) as gateway, AsyncExitStack() as stack:
        yield Town(gateway, served, org, stack)


@pytest.fixture
async def web(town: Town) -> AsyncIterator[str]:
    """The address of a web process that takes uploads."""
    address = town.services.config.public_url
    port = int(address.rpartition(":")[2])
    async with serving(create_app(services=town.services), port):
        yield address


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> packages.Installed:
    """`installed(name)` is the folder of a client; the test is skipped when it cannot be had."""
    return packages.Installed(tmp_path_factory.mktemp("clients"))
