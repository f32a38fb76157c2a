"""A gateway over the real servers, with accounts of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from app.core.services import Services
from app.core.tokens import ChatClaims, sign_chat_token
from app.models import Organization
from app.protocol.jid import Jid
from app.protocol.sasl import scram
from app.xmpp.server.app import RunningGateway, serve
from app.xmpp.server.login import Account, Identity
from app.xmpp.server.tcp import TcpPorts
from tests.xmpp.client import Client
from tests.xmpp.house import House
from tests.xmpp.tcp_client import Tcp

PASSWORDS = {"meera": "neem tree 7", "ravi": "monsoon 42"}


class TestAccounts:
    """Two people of one organization, with the keys of their passwords."""

    __test__ = False

    def __init__(self, org_id: int) -> None:
        self.accounts = {
            Jid(name, "localhost"): Account(
                Identity(Jid(name, "localhost"), org_id, number, None),
                {
                    kind: scram.derive_keys(kind, password, b"salt" * 4)
                    for kind in ("sha256", "sha1")
                },
            )
            for number, (name, password) in enumerate(PASSWORDS.items(), 1)
        }

    async def find(self, bare: Jid) -> Account | None:
        return self.accounts.get(bare)


def cookie_of(accounts: TestAccounts, name: str, secret_key: str, **changes: object) -> str:
    """A token of that person, good for the length of any test."""
    identity = accounts.accounts[Jid(name, "localhost")].identity
    claims = {
        "username": name,
        "domain": "localhost",
        "org_id": identity.org_id,
        "account_id": identity.account_id,
        "contact_id": None,
        "id": "1",
    } | changes
    return sign_chat_token(
        ChatClaims(**claims),  # type: ignore[arg-type]  # the test's own dict
        secret_key,
        now=datetime(2026, 1, 1, tzinfo=UTC),
        ttl_s=20 * 365 * 86400,
    )


@dataclass
class Town:
    """A running gateway and the people who connect to it."""

    running: RunningGateway
    services: Services
    org: Organization
    accounts: TestAccounts
    stack: AsyncExitStack

    @property
    def port(self) -> int:
        return self.running.port

    def cookie(self, name: str, **changes: object) -> str:
        return cookie_of(self.accounts, name, self.services.config.secret_key, **changes)

    async def connect(self, **options: object) -> Client:
        client = await Client.connect(self.port, **options)  # type: ignore[arg-type]
        self.stack.push_async_callback(client.close)
        return client

    async def login(self, name: str, resource: str = "", *, presence: str | None = None) -> Client:
        client = await Client.login(self.port, cookie=self.cookie(name), resource=resource)
        self.stack.push_async_callback(client.close)
        if presence is not None:
            await client.send(presence)
            await client.barrier()
        return client


@pytest.fixture
async def house(services: Services, org: Organization) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        yield House(services, org.id, stack)


@pytest.fixture
async def town(services: Services, org: Organization) -> AsyncIterator[Town]:
    """A gateway without modules: what the core does by itself."""
    accounts = TestAccounts(org.id)
    async with (
        serve(services, modules=(), accounts=lambda _: accounts) as running,
        AsyncExitStack() as stack,
    ):
        yield Town(running, services, org, accounts, stack)


@pytest.fixture
async def tcp(services: Services, org: Organization) -> AsyncIterator[Tcp]:
    accounts = TestAccounts(org.id)
    async with (
        serve(services, tcp=TcpPorts(0, 0), modules=(), accounts=lambda _: accounts) as running,
        AsyncExitStack() as stack,
    ):
        yield Tcp(running, accounts, services, stack)


Starter = Callable[[], Awaitable[Town]]
