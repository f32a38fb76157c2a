"""Addresses of organizations: whom they hear."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest
from sqlmodel import select

from app.core.services import Services
from app.models import Message, Organization
from app.xmpp.server.app import serve
from tests.xmpp.player import Player, read_text

pytestmark = pytest.mark.anyio

TO_ANOTHER = """
kiran connects phone
kiran > <message to="ujala@localhost" type="chat" id="m1"><body>Hello</body></message>
kiran < <message from="ujala@localhost" to="kiran@localhost/phone" type="error" id="m1">
  <error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>
"""


async def test_another_organization_does_not_hear_people_who_are_not_its_own(
    services: Services, org: Organization, other_org: Organization
) -> None:
    async with serve(services) as running, AsyncExitStack() as stack:
        await Player(services, org.id, running.port, stack).play(read_text(TO_ANOTHER))

    async with services.db.session() as session:
        assert (await session.scalars(select(Message))).all() == []
