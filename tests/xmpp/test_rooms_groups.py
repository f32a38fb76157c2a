"""A contact group's room that people are in: its members follow the group at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import rooms
from app.domain.contacts import service as contacts
from app.domain.contacts.data import ContactPatch
from app.domain.groups import joins, service
from app.domain.groups.data import GroupPatch
from app.models import Contact, Group, Organization
from app.models.chat import ChatAccount
from app.protocol import ns
from app.protocol.element import Element, child_text
from app.xmpp.server.app import serve
from tests.xmpp.client import Client
from tests.xmpp.player import Player

pytestmark = pytest.mark.anyio

JOIN = f"<presence xmlns='jabber:client' to='{{}}/{{}}'><x xmlns='{ns.MUC}'/></presence>"


@pytest.fixture
async def group(services: Services, org: Organization) -> Group:
    async with unit_of_work(services, org_id=org.id) as ctx:
        return await service.create_group(ctx, GroupPatch(label="Art"))


@pytest.fixture
async def ravi(services: Services, org: Organization) -> Contact:
    """A contact with an account."""
    async with unit_of_work(services, org_id=org.id) as ctx:
        made = await contacts.create_contact(ctx, ContactPatch(phone="917834811120"))
        account = ChatAccount(
            organization_id=org.id, username="ravi", domain="localhost", contact_id=made.id
        )
        ctx.session.add(account)
    return made


@pytest.fixture
async def nodes(services: Services, org: Organization) -> AsyncIterator[tuple[Player, Player]]:
    """Somebody at each of two nodes."""
    async with serve(services) as one, serve(services) as two, AsyncExitStack() as stack:
        yield (
            Player(services, org.id, one.port, stack),
            Player(services, org.id, two.port, stack),
        )


async def _enter(client: Client, room: str, nick: str) -> list[Element]:
    """What came until the subject."""
    await client.send(JOIN.format(room, nick))
    heard = [await client.receive()]
    while heard[-1].get("type") != "error" and child_text(heard[-1], "subject") is None:
        heard.append(await client.receive())
    return heard


def _standing(presence: Element) -> tuple[str | None, str | None, str | None, list[str]]:
    item = presence.find(f".//{{{ns.MUC_USER}}}item")
    assert item is not None
    codes = [status.get("code", "") for status in presence.iterfind(f".//{{{ns.MUC_USER}}}status")]
    return presence.get("type"), item.get("affiliation"), item.get("role"), codes


async def test_who_comes_into_the_group_may_enter_and_who_leaves_it_is_thrown_out(
    services: Services,
    org: Organization,
    group: Group,
    ravi: Contact,
    nodes: tuple[Player, Player],
) -> None:
    """XEP-0045 9.3 and 9.4: the room is for members only, and they are those of the group."""
    room = f"group-{group.uuid}@localhost"
    head = await nodes[0].connect("head", "web")
    pupil = await nodes[1].connect("ravi", "phone")
    await _enter(head, room, "Head")
    refused = await _enter(pupil, room, "Ravi")
    assert refused[-1].find(f".//{{{ns.STANZAS}}}registration-required") is not None

    async with unit_of_work(services, org_id=org.id) as ctx:
        await joins.change_group_contacts(ctx, group.id, [ravi.id], [])
    await head.barrier()
    entered = await _enter(pupil, room, "Ravi")
    assert _standing(entered[1]) == (None, "member", "participant", ["110"])
    assert _standing(await head.receive()) == (None, "member", "participant", [])

    async with unit_of_work(services, org_id=org.id) as ctx:
        await joins.change_group_contacts(ctx, group.id, [], [ravi.id])
    assert _standing(await pupil.receive()) == ("unavailable", "none", "none", ["321", "110"])
    assert _standing(await head.receive()) == ("unavailable", "none", "none", ["321"])


async def test_who_is_in_the_room_becomes_a_member_with_the_group(
    services: Services,
    org: Organization,
    group: Group,
    ravi: Contact,
    nodes: tuple[Player, Player],
) -> None:
    """XEP-0045 9.3: everybody sees it."""
    room = f"group-{group.uuid}@localhost"
    head = await nodes[0].connect("head", "web")
    pupil = await nodes[1].connect("ravi", "phone")
    await _enter(head, room, "Head")
    async with unit_of_work(services, org_id=org.id) as ctx:
        await rooms.change_options(ctx, room, {"members_only": False})
    await head.receive()  # 104
    await _enter(pupil, room, "Ravi")
    await head.receive()

    async with unit_of_work(services, org_id=org.id) as ctx:
        await joins.change_group_contacts(ctx, group.id, [ravi.id], [])

    assert _standing(await head.receive()) == (None, "member", "participant", [])
    assert _standing(await pupil.receive()) == (None, "member", "participant", ["110"])
