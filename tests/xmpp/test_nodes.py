"""Rolling restarts: what a session was and where it sat survives the change of its node."""

from __future__ import annotations

import asyncio

import pytest
from lxml import etree

from app.protocol import ns
from app.protocol.element import Element, child_text
from app.protocol.jid import Jid
from app.protocol.xmlio import parse
from app.xmpp.server.directory import online_key
from app.xmpp.server.lease import node_key
from app.xmpp.session import Session
from tests.xmpp.client import Client
from tests.xmpp.house import AVAILABLE, House, eventually, resume

pytestmark = pytest.mark.anyio

SM = ns.STREAM_MANAGEMENT
KIRAN = Jid.parse("kiran@localhost/phone")
ROOM = "tea@conference.localhost"
JOIN = f"<presence xmlns='jabber:client' to='{ROOM}/{{}}'><x xmlns='{ns.MUC}'/></presence>"
SAY = f"<message xmlns='jabber:client' to='{ROOM}' type='groupchat' id='{{0}}'><body>{{0}}</body></message>"
ROSTER = "<iq xmlns='jabber:client' type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"
SERVE = f"""<iq xmlns='jabber:client' to='{ROOM}' type='set' id='o'><query
 xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query></iq>"""


async def join(client: Client, nick: str) -> None:
    await client.send(JOIN.format(nick))
    while child_text(await client.receive(), "subject") is None:
        pass


def said(stanzas: list[Element]) -> list[str]:
    """The bodies of the messages among them."""
    return [body for stanza in stanzas if (body := child_text(stanza, "body"))]


async def hear(client: Client, last: str) -> list[str]:
    """The bodies up to that one."""
    heard: list[str] = []
    while last not in heard:
        heard += said([await client.receive()])
    return heard


def gone(stanzas: list[Element]) -> list[str | None]:
    return [s.get("from") for s in stanzas if s.get("type") == "unavailable"]


@pytest.mark.parametrize("owner", ["the node that stops", "the other node"])
async def test_an_occupant_whose_node_stops_misses_nothing(house: House, owner: str) -> None:
    """5, XEP-0045: seats follow the session; what was said meanwhile waits for it, in order."""
    (one, stop_one), (two, _) = await house.node(), await house.node()
    kiran, id_ = await house.managed(one, "kiran", "phone")
    ravi = await house.person(two, "ravi", "connects", "web")
    first, second = (kiran, "Kiran"), (ravi, "Ravi")
    for client, nick in (first, second) if owner == "the node that stops" else (second, first):
        await join(client, nick)
        if nick == ("Kiran" if owner == "the node that stops" else "Ravi"):
            await client.ask(SERVE)
    await ravi.barrier()
    await kiran.barrier()

    await stop_one.aclose()
    for number in range(3):
        await ravi.send(SAY.format(f"m{number}"))
    assert await hear(ravi, "m2") == ["m0", "m1", "m2"]
    two_rooms = next(m.__self__ for m in two.gateway.stops if hasattr(m.__self__, "registry"))  # type: ignore[attr-defined]  # bound methods
    await two_rooms.registry.look()
    again = await house.person(two, "kiran", "logs in")
    resumed = await again.ask(resume(id_, 0))
    assert resumed.tag == f"{{{SM}}}resumed", etree.tostring(resumed)
    await ravi.send(SAY.format("m3"))

    assert await hear(again, "m3") == ["m0", "m1", "m2", "m3"]
    await again.send(SAY.format("m4"))
    assert await hear(ravi, "m4") == ["m3", "m4"]
    assert gone(await again.barrier()) == gone(await ravi.barrier()) == []


async def test_a_session_keeps_what_it_was_at_the_next_node(house: House) -> None:
    """5: interests, lists, copies and inactivity are the session's, not the node's."""
    (one, stop_one), (two, _) = await house.node(), await house.node()
    kiran, id_ = await house.managed(one, "kiran", "phone")
    before = await _with_everything(one.gateway.sessions.find(KIRAN), kiran)
    await stop_one.aclose()

    again = await house.person(two, "kiran", "logs in")
    resumed = await again.ask(resume(id_, 1))

    assert resumed.tag == f"{{{SM}}}resumed", etree.tostring(resumed)
    after = two.gateway.sessions.find(KIRAN)
    assert after is not None
    assert _shown(after) == before


async def _with_everything(session: Session | None, client: Client) -> dict[str, object]:
    """The session after its client has asked for all there is."""
    assert session is not None
    await client.send(
        "<presence xmlns='jabber:client'><c xmlns='http://jabber.org/protocol/caps'"
        " hash='sha-1' node='urn:test' ver='unknown'/></presence>"
    )
    while (asked := await client.receive()).tag != f"{{{ns.CLIENT}}}iq":
        pass
    await client.send(
        f"<iq xmlns='jabber:client' type='result' id='{asked.get('id')}'><query"
        " xmlns='http://jabber.org/protocol/disco#info'><feature var='urn:x+notify'/></query></iq>"
    )
    for number, child in enumerate(
        (
            f"<enable xmlns='{ns.CARBONS}'/>",
            "<query xmlns='jabber:iq:privacy'><list name='l'><item action='deny' order='1'>"
            "<message/></item></list></query>",
            "<query xmlns='jabber:iq:privacy'><active name='l'/></query>",
        )
    ):
        await client.send(f"<iq xmlns='jabber:client' type='set' id='s{number}'>{child}</iq>")
    for child in (f"<blocklist xmlns='{ns.BLOCKING}'/>", "<query xmlns='jabber:iq:roster'/>"):
        await client.send(f"<iq xmlns='jabber:client' type='get' id='g'>{child}</iq>")
    await client.barrier()
    shown = _shown(session)
    assert [key for key, value in shown.items() if not value] == []
    return shown


def _shown(session: Session) -> dict[str, object]:
    names = ("caps", "features", "list", "list_name", "blocklist")
    return {name: session.data.get(name) for name in names} | {
        "carbons": session.carbons,
        "roster_requested": session.roster_requested,
        "presence": session.presence is not None and etree.tostring(session.presence),
    }


async def test_a_subscription_needs_no_session_of_who_asks(house: House) -> None:
    """RFC 6121 3.1: what an operator or another node sends in somebody's name."""
    node, _ = await house.node()
    kiran = await house.person(node, "kiran", "connects", "phone")
    ravi = await house.person(node, "ravi", "connects", "web")
    for client in (kiran, ravi):
        await client.ask(ROSTER)
        await client.send(AVAILABLE)
        await client.barrier()

    for person, other, kind in (("kiran", "ravi", "subscribe"), ("ravi", "kiran", "subscribed")):
        addresses = f"from='{person}@localhost' to='{other}@localhost' type='{kind}'"
        await node.gateway.route(parse(f"<presence xmlns='jabber:client' {addresses}/>"))

    heard = [etree.QName(s).localname + s.get("type", "") for s in await ravi.barrier()]
    assert heard[0] == "presencesubscribe"
    pushed = [s[0][0].get("subscription") for s in await kiran.barrier() if s.get("type") == "set"]
    assert pushed[-1] == "to"


async def test_a_room_whose_node_is_killed_is_taken_over(house: House) -> None:
    """The lease is over: the next node has the room, and who sat on the dead one is gone (333)."""
    (one, _), (two, _) = await house.node(), await house.node()
    kiran = await house.person(one, "kiran", "connects", "phone")
    ravi = await house.person(two, "ravi", "connects", "web")
    await join(kiran, "Kiran")
    await kiran.ask(SERVE)
    await join(ravi, "Ravi")
    await ravi.barrier()
    rooms = next(m.__self__ for m in two.gateway.stops if hasattr(m.__self__, "registry"))  # type: ignore[attr-defined]  # bound methods
    # As after kill -9: it says nothing any more, and is missed when its lease is over.
    stopped = asyncio.Event()
    one.gateway.directory.renew = stopped.wait  # type: ignore[method-assign]  # a dead node
    await house.services.redis.delete(node_key(one.gateway.node))

    await rooms.registry.look()

    await eventually(lambda: Jid.parse(ROOM) in rooms.registry.rooms)
    told = await ravi.receive()
    codes = [status.get("code") for status in told.iterfind(".//{*}status")]
    assert (told.get("from"), told.get("type"), codes) == (f"{ROOM}/Kiran", "unavailable", ["333"])
    await ravi.send(SAY.format("m1"))
    assert await hear(ravi, "m1") == ["m1"]


async def test_who_comes_back_before_his_killed_node_is_missed_is_taken_leave_of(
    house: House,
) -> None:
    """RFC 6121 4.6.3: those whom the old session told directly know nothing of the new one."""
    (one, _), (two, _) = await house.node(), await house.node()
    ravi = await house.person(two, "ravi", "connects", "web")
    kiran = await house.person(one, "kiran", "connects", "phone")
    await kiran.send("<presence xmlns='jabber:client' to='ravi@localhost/web'/>")
    told = await ravi.receive()
    assert (told.get("from"), told.get("type")) == (str(KIRAN), None)
    await eventually(lambda: two.gateway.sessions.find_remote(KIRAN) is not None)
    # As after kill -9: nobody hears there any more, and the lease is not over yet.
    await one.gateway.bus.leave(1.0)

    again = await house.person(two, "kiran", "connects", "phone")

    told = await ravi.receive()
    assert (told.get("from"), told.get("type")) == (str(KIRAN), "unavailable")
    left = await house.services.redis.hgetall(online_key(KIRAN.bare))
    assert [field.decode() for field in left] == [f"{two.gateway.node}/phone"]
    assert await again.barrier() == []
