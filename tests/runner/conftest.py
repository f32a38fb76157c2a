"""A person who writes, flows that answer, and the worker's part played by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlmodel import select

from app.core.services import Services
from app.domain.contacts.service import resolve_contact
from app.domain.flow_definitions.revisions import publish_flow
from app.domain.flow_definitions.service import create_flow
from app.domain.messages.channel import CHANNELS, Receipt
from app.domain.messages.service import InboundMessage, receive_message
from app.models import Contact, ContactInbox, Flow, FlowEffect, FlowSession, Message, Organization
from app.runner.drain import drain_contact
from app.runner.effects.base import Task
from app.runner.effects.perform import perform_effect
from tests.conftest import NOW, Work
from tests.runner.drawing import Json
from tests.runner.ngo import Ngo, scoring

PHONE = "919876543210"


class Sent:
    """A channel that takes everything and remembers it."""

    is_local = False

    def __init__(self) -> None:
        self.messages: list[tuple[int, str]] = []

    async def send(self, ctx: Any, message: Message, contact: Contact) -> Receipt:
        self.messages.append((contact.id or 0, message.body or ""))
        return Receipt(True)


@dataclass
class Stage:
    """One organization's conversation, step by step."""

    services: Services
    org: Organization
    work: Work
    sent: Sent
    contact: Contact
    flows: dict[str, Flow] = field(default_factory=dict)

    async def draw(self, definition: Json, *keywords: str, **more: Any) -> Flow:
        """A flow, published whatever is wrong with it: that is what some tests are about."""
        async with self.work() as ctx:
            patch = {"name": definition["name"], "uuid": definition["uuid"], **more}
            row = await create_flow(ctx, patch | {"keywords": list(keywords)}, definition)
            await publish_flow(ctx, row.uuid, is_forced=True)
        self.flows[row.name] = row
        return row

    async def write(self, text: str, contact: Contact | None = None) -> None:
        """The person's message is stored; nobody has looked at it yet."""
        async with self.work() as ctx:
            who = contact or self.contact
            assert await receive_message(ctx, InboundMessage(contact_id=who.id or 0, body=text))

    async def drain(self, contact: Contact | None = None) -> int:
        """A worker serves the person."""
        who = contact or self.contact
        return await drain_contact(self.services, self.org.id or 0, who.id or 0)

    async def say(self, text: str) -> list[str]:
        """Write, be served, and read what came back."""
        before = len(self.sent.messages)
        await self.write(text)
        await self.drain()
        return [body for _, body in self.sent.messages[before:]]

    async def ask_for_score(self, url: str, method: str = "POST") -> None:
        """The person has agreed to be scored, and the call to the NGO waits."""
        await self.draw(scoring(url, method), "score")
        await self.say("score")
        await self.say("yes")

    async def call_out(self) -> None:
        """A worker makes the calls that wait."""
        for effect in await self.rows(FlowEffect):
            await perform_effect(self.services, effect.id or 0)

    def configure(self, **settings: Any) -> None:
        """The installation has these settings."""
        for name, value in settings.items():
            object.__setattr__(self.services.config, name, value)

    async def results(self) -> Json:
        """The results of the newest session's first run."""
        found: Json = (await self.session()).state["runs"][0]["results"]
        return found

    def heard(self) -> list[str]:
        """All that the person was sent."""
        return [body for id_, body in self.sent.messages if id_ == self.contact.id]

    async def rows(self, model: Any) -> list[Any]:
        """The rows of a table, oldest first."""
        async with self.services.db.session() as session:
            return list(await session.scalars(select(model).order_by(model.id)))

    async def session(self) -> FlowSession:
        """The newest session."""
        found: FlowSession = (await self.rows(FlowSession))[-1]
        return found

    async def open_rows(self) -> list[str]:
        """Kinds of what the inbox still holds."""
        return [row.kind for row in await self.rows(ContactInbox) if row.done_at is None]


def task_of(kind: str, request: Json) -> Task:
    """An effect as one who has claimed it sees it."""
    return Task(1, 1, 1, None, "00000000-0000-4000-8000-000000000001", 1, kind, request, NOW)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """The wire is another part's; here it is a register's entry."""
    channel = Sent()
    monkeypatch.setitem(CHANNELS, "xmpp", channel)
    monkeypatch.setitem(CHANNELS, "simulator", channel)
    return channel


@pytest.fixture
async def stage(services: Services, org: Organization, work: Work, sent: Sent) -> Stage:
    async with work() as ctx:
        contact = await resolve_contact(ctx, PHONE, "Asha")
    return Stage(services, org, work, sent, contact)


Make = Callable[[str], Any]


@pytest.fixture
def person(work: Work) -> Make:
    """Another contact, by phone."""

    async def make(phone: str) -> Contact:
        async with work() as ctx:
            return await resolve_contact(ctx, phone, None)

    return make


@pytest.fixture
async def ngo() -> AsyncIterator[Ngo]:
    made = Ngo()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    made.url = f"http://127.0.0.1:{port}/score"
    async with server:
        yield made
