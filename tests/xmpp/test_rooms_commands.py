"""What a process without sockets does in a room that a node has, with people on two nodes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass

import pytest
from lxml import etree

from app.core.context import Ctx
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import rooms, rooms_archive, rooms_live, rooms_subscribers
from app.domain.chat.rooms import NickTaken, RoomNotFound
from app.domain.chat.rooms_live import NoGateway, Present, RoomRefused
from app.models import Organization
from app.protocol import ns
from app.protocol.element import Element, child_text
from app.xmpp.server.app import serve
from tests.xmpp.client import Client
from tests.xmpp.player import Player

pytestmark = pytest.mark.anyio

ROOM = "group-7@localhost"
JOIN = f"<presence xmlns='jabber:client' to='{ROOM}/{{}}'><x xmlns='{ns.MUC}'/></presence>"
KIRAN, RAVI = "kiran@localhost/web", "ravi@localhost/web"


@dataclass
class Room:
    """Kiran, who owns it, sits at the node that has the room, and Ravi at another one."""

    services: Services
    org: Organization
    player: Player
    other: Player
    kiran: Client
    ravi: Client

    def work(self) -> AbstractAsyncContextManager[Ctx]:
        """As any other process would do it."""
        return unit_of_work(self.services, org_id=self.org.id)


async def _join(player: Player, name: str) -> Client:
    client = await player.connect(name, "web")
    await client.send(JOIN.format(name.title()))
    while child_text(await client.receive(), "subject") is None:
        pass
    return client


@pytest.fixture
async def room(services: Services, org: Organization) -> AsyncIterator[Room]:
    async with serve(services) as one, serve(services) as two, AsyncExitStack() as stack:
        player = Player(services, org.id, one.port, stack)
        kiran = await _join(player, "kiran")
        other = Player(services, org.id, two.port, stack)
        ravi = await _join(other, "ravi")
        await kiran.receive()  # Ravi comes
        yield Room(services, org, player, other, kiran, ravi)


def seen(stanza: Element) -> tuple[str, str | None, list[str], str]:
    """Whose presence, its type, the status codes and the reason."""
    codes = [status.get("code", "") for status in stanza.iterfind(".//{*}status") if status.keys()]
    reason = stanza.find(".//{*}reason")
    text = reason.text or "" if reason is not None else ""
    return stanza.get("from", ""), stanza.get("type"), codes, text


async def test_who_is_kicked_is_out_and_everybody_knows_why(room: Room) -> None:
    """XEP-0045 8.2."""
    async with room.work() as ctx:
        await rooms_live.kick(ctx, ROOM, "Ravi", "Enough")

    gone = f"{ROOM}/Ravi", "unavailable"
    assert seen(await room.ravi.receive()) == (*gone, ["307", "110"], "Enough")
    assert seen(await room.kiran.receive()) == (*gone, ["307"], "Enough")
    async with room.work() as ctx:
        assert await rooms_live.occupants(ctx, ROOM) == [Present(KIRAN, "Kiran", "moderator")]


async def test_a_role_is_given_and_seen(room: Room) -> None:
    """XEP-0045 9.6."""
    async with room.work() as ctx:
        await rooms_live.set_role(ctx, ROOM, "Ravi", "moderator")

    item = (await room.kiran.receive()).find(f".//{{{ns.MUC_USER}}}item")
    assert item is not None
    assert (item.get("role"), item.get("affiliation")) == ("moderator", "none")
    async with room.work() as ctx:
        everybody = await rooms_live.occupants(ctx, ROOM)
    assert everybody == [Present(KIRAN, "Kiran", "moderator"), Present(RAVI, "Ravi", "moderator")]


async def test_what_an_occupant_is_made_to_say_is_heard_and_kept(room: Room) -> None:
    """XEP-0045 7.4; the room itself may speak too."""
    async with room.work() as ctx:
        await rooms_live.speak(ctx, ROOM, "ravi@localhost", "Water!", "m1")
        await rooms_live.announce(ctx, ROOM, "The office closes at six.")
        await rooms_live.whisper(ctx, ROOM, RAVI, "Kiran", "Psst")

    heard = [await room.kiran.receive() for _ in range(3)]
    assert [(m.get("from"), m.get("type"), child_text(m, "body")) for m in heard] == [
        (f"{ROOM}/Ravi", "groupchat", "Water!"),
        (ROOM, "groupchat", "The office closes at six."),
        (f"{ROOM}/Ravi", "chat", "Psst"),
    ]
    async with room.work() as ctx:
        row = await rooms.get_room(ctx, ROOM)
        kept = await rooms_archive.newest(ctx, row.id, 10)
    assert [(one.nick, one.sender) for one in kept] == [("Ravi", "ravi@localhost"), ("", ROOM)]


async def test_a_connected_person_is_made_to_enter_and_to_leave(room: Room) -> None:
    """XEP-0045 7.2 and 7.14, from a node that does not have the room."""
    meera = await room.player.connect("meera", "tab")
    async with room.work() as ctx:
        await rooms_live.enter(ctx, ROOM, "meera@localhost/tab", "Meera")

    assert seen(await room.kiran.receive()) == (f"{ROOM}/Meera", None, [], "")
    entered = [await meera.receive() for _ in range(4)]
    assert seen(entered[2]) == (f"{ROOM}/Meera", None, ["110"], "")
    async with room.work() as ctx:
        await rooms_live.leave(ctx, ROOM, "meera@localhost/tab")
    assert seen(await room.kiran.receive()) == (f"{ROOM}/Meera", "unavailable", [], "")


async def test_who_was_made_to_enter_leaves_with_his_session(room: Room) -> None:
    """RFC 6121 4.6.5: the node of the session knows that the room is to be told."""
    for player in (room.player, room.other):
        meera = await player.connect("meera", "tab")
        async with room.work() as ctx:
            await rooms_live.enter(ctx, ROOM, "meera@localhost/tab", "Meera")
        assert seen(await room.kiran.receive()) == (f"{ROOM}/Meera", None, [], "")

        while child_text(await meera.receive(), "subject") is None:
            pass
        await meera.barrier()
        await meera.close()

        assert seen(await room.kiran.receive()) == (f"{ROOM}/Meera", "unavailable", [], "")


async def test_an_occupant_is_made_to_invite(room: Room) -> None:
    """XEP-0045 7.8.2."""
    meera = await room.player.connect("meera", "tab")
    await meera.send("<presence xmlns='jabber:client'/>")
    await meera.barrier()

    async with room.work() as ctx:
        await rooms_live.invite(ctx, ROOM, KIRAN, "meera@localhost", "Come")

    invitation = await meera.receive()
    shown = invitation.find(f".//{{{ns.MUC_USER}}}invite")
    assert shown is not None
    assert (invitation.get("from"), shown.get("from"), child_text(shown, "reason")) == (
        ROOM,
        "kiran@localhost",
        "Come",
    )


async def test_rows_that_another_process_changes_take_effect_at_once(room: Room) -> None:
    """XEP-0045 10.2.1, 9.3, 8.1 and 10.9; MUC/Sub."""
    async with room.work() as ctx:
        await rooms.change_option(ctx, ROOM, "anonymous", "false")
    assert seen(await room.ravi.receive())[2] == ["104", "172"]

    async with room.work() as ctx:
        await rooms.set_affiliation(ctx, ROOM, "ravi@localhost", "admin")
    item = (await room.ravi.receive()).find(f".//{{{ns.MUC_USER}}}item")
    assert item is not None
    assert (item.get("affiliation"), item.get("role")) == ("admin", "moderator")

    async with room.work() as ctx:
        await rooms.set_subject(ctx, ROOM, "Rain", "Kiran")
    assert child_text(await room.ravi.receive(), "subject") == "Rain"

    meera = await room.player.connect("meera", "tab")
    await meera.send("<presence xmlns='jabber:client'/>")
    await meera.barrier()
    async with room.work() as ctx:
        people = [("meera@localhost", "Meera")]
        await rooms_subscribers.subscribe(ctx, ROOM, people, ["messages"])
    async with room.work() as ctx:
        await rooms_live.speak(ctx, ROOM, RAVI, "To all")
    assert "To all" in "".join((await meera.receive()).itertext())
    assert child_text(await room.ravi.receive(), "body") == "To all"

    async with room.work() as ctx:
        await rooms.destroy_room(ctx, ROOM, reason="Over", alternate="group-8@localhost")
    gone = await room.ravi.receive()
    destroyed = gone.find(f".//{{{ns.MUC_USER}}}destroy")
    assert destroyed is not None
    assert (gone.get("type"), destroyed.get("jid"), child_text(destroyed, "reason")) == (
        "unavailable",
        "group-8@localhost",
        "Over",
    )


@pytest.mark.parametrize(
    ("verb", "given", "reason"),
    [
        (rooms_live.kick, ("Nobody",), "item-not-found"),
        (rooms_live.set_role, ("Kiran", "visitor"), "not-allowed"),
        (rooms_live.speak, ("zoya@localhost", "Hello"), "item-not-found"),
        (rooms_live.whisper, (RAVI, "Nobody", "Psst"), "item-not-found"),
        (rooms_live.enter, ("zoya@localhost/web", "Zoya"), "item-not-found"),
        (rooms_live.enter, (RAVI, "Kiran"), "conflict"),
    ],
)
async def test_what_cannot_be_is_refused(
    room: Room, verb: object, given: tuple[str, ...], reason: str
) -> None:
    async with room.work() as ctx:
        with pytest.raises(RoomRefused) as refused:
            await verb(ctx, ROOM, *given)  # type: ignore[operator]  # one of the verbs above

    assert refused.value.reason == reason
    assert await room.kiran.barrier() == []


async def test_a_room_that_nobody_has_is_opened_for_a_command(room: Room) -> None:
    """What the room says is in its archive, although nobody is in it."""
    other = "group-8@localhost"
    async with room.work() as ctx:
        made = await rooms.create_room(ctx, other, "kiran@localhost", {})
    async with room.work() as ctx:
        await rooms_live.announce(ctx, other, "Hello")

        kept = await rooms_archive.newest(ctx, made.id, 10)
        with pytest.raises(RoomNotFound):
            await rooms_live.announce(ctx, "group-9@localhost", "Hello")

    assert [one.sender for one in kept] == [other]


async def test_without_a_gateway_nothing_is_done(services: Services, org: Organization) -> None:
    async with unit_of_work(services, org_id=org.id) as ctx:
        await rooms.create_room(ctx, ROOM, "kiran@localhost", {})
    async with unit_of_work(services, org_id=org.id) as ctx:
        with pytest.raises(NoGateway):
            await rooms_live.kick(ctx, ROOM, "Ravi")


async def test_subscribers_hear_whom_another_process_subscribes_and_bans(room: Room) -> None:
    """MUC/Sub: the room's node tells, whoever changed the rows."""
    meera = await room.player.connect("meera", "web")
    await meera.send("<presence xmlns='jabber:client'/>")
    await meera.receive()

    heard = []
    for work in (
        lambda ctx: rooms_subscribers.subscribe(
            ctx, ROOM, [("meera@localhost", "Meera")], ["subscribers"]
        ),
        lambda ctx: rooms_subscribers.subscribe(ctx, ROOM, [("gita@localhost", "Gita")], []),
        lambda ctx: rooms.set_affiliation(ctx, ROOM, "gita@localhost", "outcast"),
    ):
        async with room.work() as ctx:
            await work(ctx)
        item = (await meera.receive()).find(".//{*}item")
        assert item is not None
        heard.append((etree.QName(item[0]).localname, dict(item[0].attrib)))

    assert heard == [
        ("subscribe", {"nick": "Meera"}),
        ("subscribe", {"nick": "Gita"}),
        ("unsubscribe", {"nick": "Gita"}),
    ]


async def test_nobody_is_subscribed_by_an_occupants_nick(room: Room) -> None:
    """MUC/Sub: as the room itself would refuse it (XEP-0045 7.2.8)."""
    async with room.work() as ctx:
        with pytest.raises(NickTaken):
            people = [("meera@localhost", "Ravi")]
            await rooms_subscribers.subscribe(ctx, ROOM, people, ["messages"])
        assert list(await rooms_subscribers.list_subscribers(ctx, ROOM)) == []


@pytest.mark.parametrize("address", [ROOM, "group-8@localhost"], ids=["open", "open nowhere"])
async def test_subscribers_hear_once_that_another_process_destroyed_the_room(
    room: Room, address: str
) -> None:
    """MUC/Sub: who is in the room hears so there, and nothing else."""
    meera = await room.player.connect("meera", "web")
    await meera.send("<presence xmlns='jabber:client'/>")
    await meera.receive()
    async with room.work() as ctx:
        await rooms.open_room(ctx, address, "kiran@localhost")
        people = [("meera@localhost", "Meera"), ("ravi@localhost", "Ravi")]
        await rooms_subscribers.subscribe(ctx, address, people, ["config", "system"])

    async with room.work() as ctx:
        await rooms.destroy_room(ctx, address, reason="Over")

    reason = (await meera.receive()).find(f".//{{{ns.MUC_USER}}}reason")
    assert reason is not None
    assert reason.text == "Over"
    assert await meera.barrier() == []
    if address == ROOM:
        gone = f"{ROOM}/Ravi", "unavailable", ["110"], "Over"
        assert seen(await room.ravi.receive()) == gone
        assert await room.ravi.barrier() == []
