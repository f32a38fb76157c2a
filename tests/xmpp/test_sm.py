"""XEP-0198 5: sessions that move from node to node, and what becomes of those that nobody resumes."""

from __future__ import annotations

import asyncio
import dataclasses
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from lxml import etree
from websockets.exceptions import ConnectionClosed

from app.core.clock import FrozenClock
from app.core.services import Services
from app.models import Organization
from app.protocol import ns
from app.protocol.element import child_text
from app.protocol.jid import Jid
from app.xmpp.hooks import NodeLost
from app.xmpp.server import managed as managed_module
from app.xmpp.server.directory import directed_key, find_online
from app.xmpp.server.lease import node_key
from app.xmpp.session import Session
from tests.xmpp.client import Client
from tests.xmpp.house import AVAILABLE, SM, House, bodies, eventually, message, resume, until

pytestmark = pytest.mark.anyio


async def test_a_session_goes_on_at_another_node_with_what_was_not_acknowledged(
    house: House,
) -> None:
    """5: the node that had the session hands it over; it is available without a break."""
    (one, _), (two, _) = await house.node(), await house.node()
    kiran, id_ = await house.managed(one, "kiran", "phone")
    ravi = await house.person(two, "ravi", "connects", "web")
    await eventually(lambda: two.gateway.sessions.is_online_anywhere(Jid.parse("kiran@localhost")))
    kiran.socket.transport.abort()
    await ravi.send(message("m1", "kiran@localhost/phone"))
    await ravi.barrier()

    again = await house.person(two, "kiran", "logs in")
    resumed = await again.ask(resume(id_, 1))

    assert (resumed.tag, resumed.get("previd"), resumed.get("h")) == (f"{{{SM}}}resumed", id_, "1")
    assert await bodies(again, 1) == ["m1"]
    assert (await again.receive()).tag == f"{{{SM}}}r"
    await ravi.send(message("m2", "kiran@localhost"))
    assert await bodies(again, 1) == ["m2"]
    assert [len(one.gateway.sessions), len(two.gateway.sessions)] == [0, 2]
    session = two.gateway.sessions.find(Jid.parse("kiran@localhost/phone"))
    assert session is not None
    assert session.is_available


async def test_a_session_moves_more_than_once_under_one_id(house: House) -> None:
    (one, _), (two, _), (three, _) = [await house.node() for _ in range(3)]
    kiran, id_ = await house.managed(one, "kiran", "phone")
    second = await house.person(two, "kiran", "logs in")
    assert (await second.ask(resume(id_, 1))).tag == f"{{{SM}}}resumed"

    third = await house.person(three, "kiran", "logs in")

    answer = await third.ask(resume(id_, 1))
    assert answer.tag == f"{{{SM}}}resumed", etree.tostring(answer)
    assert await third.barrier() == []
    await kiran.closed()
    await second.closed()


async def test_a_node_that_stops_loses_no_stanza_and_no_session(house: House) -> None:
    """RFC 6120 4.9.3.22, XEP-0198 5: a rolling restart."""
    (one, stop_one), (two, _) = await house.node(), await house.node()
    kiran, id_ = await house.managed(one, "kiran", "phone")
    ravi = await house.person(two, "ravi", "connects", "web")
    await eventually(lambda: two.gateway.sessions.is_online_anywhere(Jid.parse("kiran@localhost")))
    await ravi.send(message("m1", "kiran@localhost/phone"))
    assert await bodies(kiran, 1) == ["m1"]

    await stop_one.aclose()
    error = await kiran.receive()
    await ravi.send(message("m2", "kiran@localhost"))
    assert await ravi.barrier() == []
    again = await house.person(two, "kiran", "logs in")
    resumed = await again.ask(resume(id_, 1))

    assert etree.QName(error[0]).localname == "system-shutdown"
    assert resumed.tag == f"{{{SM}}}resumed"
    assert await bodies(again, 1) == ["m1"]
    assert (await again.receive()).tag == f"{{{SM}}}r"
    assert await bodies(again, 1) == ["m2"]
    assert await again.barrier() == []


async def test_a_client_is_told_where_to_go_when_its_node_stops(
    services: Services, org: Organization
) -> None:
    """RFC 7395 3.6.1."""
    config = dataclasses.replace(services.config, chat_see_other_uri="wss://b.example/xmpp")
    async with AsyncExitStack() as stack:
        house = House(dataclasses.replace(services, config=config), org.id, stack)
        one, stop_one = await house.node()
        kiran = await house.person(one, "kiran", "connects", "phone")

        await stop_one.aclose()

        closing = await kiran.receive()
        assert (closing.tag, dict(closing.attrib)) == (
            f"{{{ns.FRAMING}}}close",
            {"see-other-uri": "wss://b.example/xmpp"},
        )


async def test_a_session_of_a_stopped_node_that_nobody_resumes_is_gone_after_its_time(
    house: House, clock: FrozenClock
) -> None:
    """5, RFC 6121 4.5.2: not before, and what it was owed is in the spool."""
    (one, stop_one), (two, _) = await house.node(), await house.node()
    kiran, _ = await house.managed(one, "kiran", "phone")
    ravi = await house.person(two, "ravi", "connects", "web")
    await kiran.send("<presence xmlns='jabber:client' to='ravi@localhost/web'/>")
    assert (await ravi.receive()).get("from") == "kiran@localhost/phone"
    await ravi.send(message("m1", "kiran@localhost/phone"))
    assert await bodies(kiran, 1) == ["m1"]
    await stop_one.aclose()

    await two.gateway.resumption.reap()
    assert await ravi.barrier() == []
    clock.advance(timedelta(seconds=301))
    await two.gateway.resumption.reap()

    gone = await ravi.receive()
    assert (gone.get("from"), gone.get("type")) == ("kiran@localhost/phone", "unavailable")
    tablet = await house.person(two, "kiran", "connects", "tablet")
    await tablet.send(AVAILABLE)
    await tablet.receive()
    assert await bodies(tablet, 1) == ["m1"]


async def test_a_session_of_a_killed_node_is_not_found_and_its_client_binds(house: House) -> None:
    """5: the state died with the node; the archive has what was acknowledged to senders."""
    (one, _), (two, _) = await house.node(), await house.node()
    _, id_ = await house.managed(one, "kiran", "phone")
    await house.services.redis.delete(node_key(one.gateway.node))

    again = await house.person(two, "kiran", "logs in")
    failed = await again.ask(resume(id_, 1))

    assert (failed.tag, failed[0].tag) == (f"{{{SM}}}failed", f"{{{ns.STANZAS}}}item-not-found")
    assert await again.bind("phone") == "kiran@localhost/phone"


async def test_more_than_a_client_that_is_away_may_be_owed_goes_to_the_spool(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound itself is a number; a smaller one shows the same."""
    monkeypatch.setattr(managed_module, "DETACHED_STANZAS", 3)
    node, _ = await house.node()
    kiran, _ = await house.managed(node, "kiran", "phone")
    ravi = await house.person(node, "ravi", "connects", "web")
    kiran.socket.transport.abort()
    jid = Jid.parse("kiran@localhost/phone")
    session = node.gateway.sessions.find(jid)
    assert session is not None
    await eventually(lambda: not session.outlet.is_attached)  # type: ignore[attr-defined]  # a Managed

    for number in range(5):
        await ravi.send(message(f"m{number}", "kiran@localhost"))
    await ravi.barrier()
    await eventually(lambda: node.gateway.sessions.find(jid) is None)
    again = await house.person(node, "kiran", "connects", "phone")
    await again.send(AVAILABLE)
    await again.receive()

    assert await bodies(again, 5) == ["m0", "m1", "m2", "m3", "m4"]


async def test_a_client_is_asked_what_it_has_after_many_stanzas(house: House) -> None:
    """4."""
    node, _ = await house.node()
    kiran, _ = await house.managed(node, "kiran", "phone")
    ravi = await house.person(node, "ravi", "connects", "web")

    for number in range(31):
        await ravi.send(message(f"m{number}", "kiran@localhost"))

    assert len(await bodies(kiran, 31)) == 31
    assert (await kiran.receive()).tag == f"{{{SM}}}r"


async def test_the_sessions_of_a_killed_node_are_said_to_be_gone(house: House) -> None:
    """RFC 6121 4.5.2: to who is subscribed and to the account's other resources, once."""
    (one, _), (two, _), (three, _) = [await house.node() for _ in range(3)]
    phone = await house.person(one, "kiran", "connects", "phone")
    await phone.send(AVAILABLE)
    await phone.barrier()
    desk = await house.person(two, "kiran", "connects", "desk")
    await desk.send(AVAILABLE)
    full = Jid.parse("kiran@localhost/phone")
    for node in (two, three):
        await eventually(lambda node=node: node.gateway.sessions.find_remote(full) is not None)
    # The probe of a resource that comes is answered from another node, in its own time.
    while (await desk.receive()).get("from") != str(full):
        pass
    await desk.barrier()
    lost: list[str] = []

    async def hear(event: NodeLost) -> None:
        lost.extend(str(jid) for jid in event.sessions)

    three.gateway.on(NodeLost, hear)
    await house.services.redis.delete(node_key(one.gateway.node))
    await three.gateway.directory.renew()
    await two.gateway.directory.renew()

    gone = await desk.receive()
    assert (gone.get("from"), gone.get("type")) == ("kiran@localhost/phone", "unavailable")
    assert await desk.barrier() == []
    assert lost == ["kiran@localhost/phone"]
    online = await find_online(house.services.redis, full.bare)
    assert [str(remote.jid) for remote in online] == ["kiran@localhost/desk"]
    assert await house.services.redis.hlen("gateway:online:kiran@localhost") == 1


async def test_who_was_told_directly_hears_that_a_session_of_a_killed_node_is_gone(
    house: House,
) -> None:
    """RFC 6121 4.6.3, also when the session came from yet another node (XEP-0198 5)."""
    (zero, stop_zero), (one, _), (two, _) = [await house.node() for _ in range(3)]
    phone, id_ = await house.managed(zero, "kiran", "phone")
    ravi = await house.person(two, "ravi", "connects", "web")
    here = "<presence xmlns='jabber:client' to='{}' {}/>"
    await phone.send(here.format("ravi@localhost/web", ""))
    await phone.send(here.format("ravi@localhost/gone", ""))
    await phone.send(here.format("ravi@localhost/gone", "type='unavailable'"))
    assert (await ravi.receive()).get("from") == "kiran@localhost/phone"
    await stop_zero.aclose()
    again = await house.person(one, "kiran", "logs in")
    assert (await again.ask(resume(id_, 1))).tag == f"{{{SM}}}resumed"
    full = Jid.parse("kiran@localhost/phone")
    await eventually(lambda: two.gateway.sessions.find_remote(full) is not None)
    before = await house.services.redis.keys("gateway:directed:*")

    await house.services.redis.delete(node_key(one.gateway.node))
    await two.gateway.directory.renew()

    gone = await ravi.receive()
    assert (gone.get("from"), gone.get("type")) == (str(full), "unavailable")
    assert [child_text(one, "body") for one in await ravi.barrier()] == []
    assert before == [directed_key(one.gateway.node, full).encode()]
    await until(lambda: _nobody_is_known(house))


async def _nobody_is_known(house: House) -> bool:
    """Whether nobody is remembered as told directly."""
    return await house.services.redis.keys("gateway:directed:*") == []


async def test_two_who_resume_at_once_do_not_share_the_session(house: House) -> None:
    """5: the last one has it; the other is told of the conflict or that there is none."""
    node, _ = await house.node()
    _, id_ = await house.managed(node, "kiran", "phone")
    first = await house.person(node, "kiran", "logs in")
    second = await house.person(node, "kiran", "logs in")

    await asyncio.gather(first.send(resume(id_, 1)), second.send(resume(id_, 1)))
    answers = [await first.receive(), await second.receive()]

    assert [answer.tag for answer in answers] == [f"{{{SM}}}resumed"] * 2
    session = node.gateway.sessions.find(Jid.parse("kiran@localhost/phone"))
    assert session is not None
    holder = session.outlet.connection  # type: ignore[attr-defined]  # a Managed
    assert holder.session is session
    over = [await eventually_over(client) for client in (first, second)]
    assert sorted(over) == [False, True]


async def eventually_over(client: Client) -> bool:
    """Whether the stream was ended with an error."""
    try:
        await client.send("<iq xmlns='jabber:client' type='get' id='p'><q xmlns='urn:none'/></iq>")
    except ConnectionClosed:
        return True
    return (await client.receive()).tag == f"{{{ns.STREAM}}}error"


async def test_what_comes_for_a_session_before_its_client_knows_of_it_follows_the_answer(
    house: House,
) -> None:
    """RFC 6120 7.6.1."""
    node, _ = await house.node()
    ravi = await house.person(node, "ravi", "connects", "web")
    kiran = await house.person(node, "kiran", "logs in")
    announce = node.gateway.directory.announce

    async def slow(*sessions: Session) -> None:
        await ravi.send(message("m1", "kiran@localhost/phone"))
        await ravi.barrier()
        await announce(*sessions)

    node.gateway.directory.announce = slow  # type: ignore[method-assign]  # a slow Redis
    bound = await kiran.ask(
        f"<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='{ns.BIND}'>"
        "<resource>phone</resource></bind></iq>"
    )

    assert bound.get("id") == "b"
    assert await bodies(kiran, 1) == ["m1"]
