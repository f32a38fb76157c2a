"""A room on one node with people on two, and what becomes of it when its node goes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

import pytest

from app.core.context import Ctx
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import rooms, rooms_archive, rooms_light, rooms_light_news
from app.domain.chat.rooms_archive import Said
from app.models import Organization
from app.protocol.element import child_text
from app.protocol.jid import Jid
from app.xmpp.hooks import SessionParked
from app.xmpp.modules.muc.wire import PARKED, Wire
from app.xmpp.server.app import serve
from tests.xmpp.client import Client
from tests.xmpp.player import Player

pytestmark = pytest.mark.anyio

ROOM = "group-7@localhost"
JOIN = "<presence xmlns='jabber:client' to='{}/{}'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
SAY = "<message xmlns='jabber:client' to='{}' type='groupchat' id='{}'><body>{}</body></message>"


async def _join(player: Player, name: str) -> Client:
    client = await player.connect(name, "web")
    await client.send(JOIN.format(ROOM, name.title()))
    while child_text(await client.receive(), "subject") is None:
        pass
    return client


async def _heard(client: Client) -> str:
    """The next message with a body: who said what."""
    while True:
        stanza = await client.receive()
        body = child_text(stanza, "body")
        if body is not None:
            return f"{stanza.get('from')}: {body}"


async def test_people_on_two_nodes_are_in_one_room(services: Services, org: Organization) -> None:
    async with (
        serve(services) as one,
        serve(services) as two,
        AsyncExitStack() as stack,
    ):
        kiran = await _join(Player(services, org.id, one.port, stack), "kiran")
        ravi = await _join(Player(services, org.id, two.port, stack), "ravi")

        await ravi.send(SAY.format(ROOM, "m1", "From the other node"))
        assert await _heard(kiran) == f"{ROOM}/Ravi: From the other node"
        await kiran.send(SAY.format(ROOM, "m2", "From this one"))

        assert await _heard(ravi) == f"{ROOM}/Ravi: From the other node"
        assert await _heard(ravi) == f"{ROOM}/Kiran: From this one"


async def test_a_room_moves_when_its_node_goes(services: Services, org: Organization) -> None:
    async with serve(services) as two, AsyncExitStack() as stack:
        async with serve(services) as one, AsyncExitStack() as first:
            await _join(Player(services, org.id, one.port, first), "kiran")
            ravi = await _join(Player(services, org.id, two.port, stack), "ravi")
            await ravi.send(SAY.format(ROOM, "m1", "Before"))
            assert await _heard(ravi) == f"{ROOM}/Ravi: Before"

        await ravi.send(SAY.format(ROOM, "m2", "After"))

        assert await _heard(ravi) == f"{ROOM}/Ravi: After"


async def test_what_is_said_while_its_node_stops_is_told_once(
    services: Services, org: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kept there and told there, or kept and told by the next node: never by both."""
    keep, is_slow, go = rooms_archive.keep_many, asyncio.Event(), asyncio.Event()

    async def keep_slowly(ctx: Ctx, said: Sequence[Said]) -> frozenset[int]:
        if not go.is_set():
            is_slow.set()
            await go.wait()
        return await keep(ctx, said)

    async with serve(services) as two, AsyncExitStack() as stack:
        async with AsyncExitStack() as first:
            one = await first.enter_async_context(serve(services))
            ravi = await _join(Player(services, org.id, one.port, first), "ravi")
            kiran = await _join(Player(services, org.id, two.port, stack), "kiran")
            await ravi.close()
            monkeypatch.setattr(rooms_archive, "keep_many", keep_slowly)
            await kiran.send(SAY.format(ROOM, "m1", "Slow"))
            await is_slow.wait()
            stopping = asyncio.create_task(first.aclose())
            await asyncio.sleep(0.05)
            await kiran.send(SAY.format(ROOM, "m2", "Late"))
            await asyncio.sleep(0.05)
            go.set()
            await stopping
        await kiran.send(SAY.format(ROOM, "m3", "After"))

        heard = [await _heard(kiran) for _ in range(3)]
        assert [line.partition(": ")[2] for line in heard] == ["Slow", "Late", "After"]


async def test_a_room_is_there_once_everybody_has_his_seat(
    services: Services, org: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who speaks while the next node reads who is present is present."""
    read, is_reading, go = Wire.seats, asyncio.Event(), asyncio.Event()

    async def read_slowly(wire: Wire, room: Jid) -> dict[Jid, dict[str, str]]:
        is_reading.set()
        await go.wait()
        return await read(wire, room)

    async with serve(services) as two, AsyncExitStack() as stack:
        async with serve(services) as one, AsyncExitStack() as first:
            await _join(Player(services, org.id, one.port, first), "ravi")
            player = Player(services, org.id, two.port, stack)
            kiran, meera = await _join(player, "kiran"), await _join(player, "meera")
        monkeypatch.setattr(Wire, "seats", read_slowly)
        await kiran.send(SAY.format(ROOM, "m1", "First"))
        await is_reading.wait()
        await meera.send(SAY.format(ROOM, "m2", "Second"))
        await asyncio.sleep(0.05)
        go.set()

        heard = {await _heard(kiran), await _heard(kiran)}
        assert heard == {f"{ROOM}/Kiran: First", f"{ROOM}/Meera: Second"}


async def test_who_is_just_being_parked_is_somewhere(services: Services, org: Organization) -> None:
    """XEP-0198 5: a room that looks at that moment whether its occupants are there finds them."""
    seen: list[bool] = []
    async with serve(services) as two, AsyncExitStack() as stack:
        async with serve(services) as one, AsyncExitStack() as first:
            ravi = await _join(Player(services, org.id, two.port, stack), "ravi")
            kiran = await Player(services, org.id, one.port, first).connect("kiran", "web")
            await kiran.ask("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
            await kiran.send(JOIN.format(ROOM, "Kiran"))
            while child_text(await kiran.receive(), "subject") is None:
                pass

            async def look(event: SessionParked) -> None:
                wire = Wire(two.gateway)
                seats = await wire.seats(Jid.parse(ROOM))
                node = seats[event.session.jid]["node"]
                seen.append(node.startswith(PARKED) and await wire.alive({node}) == {node})

            one.gateway.on(SessionParked, look, priority=90)
        await ravi.send(SAY.format(ROOM, "m1", "Still here?"))

        assert seen == [True]
        assert await _heard(ravi) == f"{ROOM}/Ravi: Still here?"
        assert [full.local for full in await Wire(two.gateway).seats(Jid.parse(ROOM))] == [
            "ravi",
            "kiran",
        ]


async def test_a_change_by_another_process_reaches_the_occupants(
    services: Services, org: Organization
) -> None:
    async with serve(services) as one, AsyncExitStack() as stack:
        player = Player(services, org.id, one.port, stack)
        await _join(player, "kiran")
        ravi = await _join(player, "ravi")

        async with unit_of_work(services, org_id=org.id) as ctx:
            await rooms.set_affiliation(ctx, ROOM, "ravi@localhost", "outcast", "Spam")

        gone = await ravi.receive()
        codes = [status.get("code") for status in gone.iterfind(".//{*}status")]
        assert (gone.get("type"), codes) == ("unavailable", ["301", "110"])


LIGHT = "tea@muclight.localhost"


async def test_a_light_room_is_the_same_on_every_node(
    services: Services, org: Organization
) -> None:
    async with (
        serve(services) as one,
        serve(services) as two,
        AsyncExitStack() as stack,
    ):
        kiran = await Player(services, org.id, one.port, stack).connect("kiran", "web")
        ravi = await Player(services, org.id, two.port, stack).connect("ravi", "web")
        for client in (kiran, ravi):
            await client.send("<presence xmlns='jabber:client'/>")
            await client.barrier()
        async with unit_of_work(services, org_id=org.id) as ctx:
            people = "kiran@localhost", ["ravi@localhost"]
            room, inside = await rooms_light.create_light(ctx, LIGHT, people[0], {}, people[1])
            news = await rooms_light_news.of_creation(ctx, room, inside, "c1")
            await rooms_light_news.tell(ctx, "c1", news)
        assert await _heard(kiran) == await _heard(ravi) == f"{LIGHT}: "

        await kiran.send(SAY.format(LIGHT, "m1", "From one node"))
        assert await _heard(ravi) == f"{LIGHT}/kiran@localhost: From one node"
        await ravi.send(SAY.format(LIGHT, "m2", "From the other"))

        assert await _heard(kiran) == f"{LIGHT}/kiran@localhost: From one node"
        assert await _heard(kiran) == f"{LIGHT}/ravi@localhost: From the other"
