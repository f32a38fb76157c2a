"""slixmpp, a desktop library, over TCP: STARTTLS, SCRAM, management, 1:1 messages and receipts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from slixmpp import ClientXMPP

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import accounts
from app.models import Organization
from app.protocol.jid import Jid
from app.xmpp.server.app import RunningGateway, serve
from app.xmpp.server.tcp import TcpPorts

pytestmark = [
    pytest.mark.anyio,
    # slixmpp leaves coroutines of its own behind when it is cut off.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning"),
]

PASSWORD = "a neem tree"
PLUGINS = ("0030", "0085", "0184", "0198", "0199", "0280", "0352")
TIMEOUT_S = 15.0


class Desk:
    """A gateway with TCP, two accounts, and their clients."""

    def __init__(self, running: RunningGateway, services: Services) -> None:
        self.running = running
        self._chain = services.config.data_dir / "tls/chat.crt"
        self._clients: list[ClientXMPP] = []

    async def login(self, name: str, resource: str) -> ClientXMPP:
        """A client that has sent presence."""
        client = ClientXMPP(f"{name}@localhost/{resource}", PASSWORD)
        client.loop = asyncio.get_running_loop()
        client.ca_certs = self._chain
        client.enable_direct_tls = False
        for number in PLUGINS:
            client.register_plugin(f"xep_{number}")
        client["xep_0184"].auto_ack = True
        client["xep_0184"].auto_request = True
        self._clients.append(client)
        started = asyncio.create_task(client.wait_until("session_start", timeout=TIMEOUT_S))
        await asyncio.sleep(0)
        client.connect("127.0.0.1", self.running.tcp_port)
        await started
        client.send_presence()
        await client.get_roster(timeout=TIMEOUT_S)
        return client

    async def close(self) -> None:
        for client in self._clients:
            client.abort()
        await asyncio.sleep(0)


@pytest.fixture
async def desk(services: Services, org: Organization) -> AsyncIterator[Desk]:
    async with unit_of_work(services, org_id=org.id) as ctx:
        for name in ("meera", "ravi"):
            await accounts.register(ctx, name, "localhost", PASSWORD)
    async with serve(services, tcp=TcpPorts(starttls=0)) as running, AsyncExitStack() as stack:
        desk = Desk(running, services)
        stack.push_async_callback(desk.close)
        yield desk


async def test_two_people_write_and_see_that_it_arrived(desk: Desk) -> None:
    """RFC 6121 5, XEP-0184 5."""
    meera, ravi = await desk.login("meera", "desk"), await desk.login("ravi", "home")
    heard = asyncio.create_task(ravi.wait_until("message", timeout=TIMEOUT_S))
    receipt = asyncio.create_task(meera.wait_until("receipt_received", timeout=TIMEOUT_S))
    await asyncio.sleep(0)

    sent = meera.make_message("ravi@localhost", "Rain tonight", mtype="chat")
    sent.send()
    message, confirmed = await heard, await receipt

    assert (str(message["from"]), message["body"]) == ("meera@localhost/desk", "Rain tonight")
    assert confirmed["receipt"] == sent["id"]


async def test_its_sessions_are_managed_and_resumed_after_a_cut(desk: Desk) -> None:
    """XEP-0198 3, 5."""
    meera, ravi = await desk.login("meera", "desk"), await desk.login("ravi", "home")
    assert meera["xep_0198"].enabled_in
    resumed = asyncio.create_task(meera.wait_until("session_resumed", timeout=TIMEOUT_S))
    heard = asyncio.create_task(meera.wait_until("message", timeout=TIMEOUT_S))
    await asyncio.sleep(0)

    meera.transport.abort()
    ravi.send_message("meera@localhost/desk", "While you were away", mtype="chat")
    meera.connect("127.0.0.1", desk.running.tcp_port)
    await resumed
    message = await heard

    assert message["body"] == "While you were away"
    session = desk.running.gateway.sessions.find(Jid.parse("meera@localhost/desk"))
    assert session is not None
    assert session.is_available
