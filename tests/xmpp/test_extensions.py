"""What a conversation script cannot say: questions of the server, nudges, quotas, changes from outside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import roster, shared_groups, spool
from app.domain.chat.accounts import find_account
from app.models import Organization
from app.protocol import ns
from app.protocol.element import Element, children
from app.xmpp.capstring import verification
from app.xmpp.server.app import serve
from tests.conftest import RecordingJobs
from tests.xmpp.client import Client
from tests.xmpp.player import Player

pytestmark = pytest.mark.anyio

INFO = "http://jabber.org/protocol/disco#info"
#: What the priorities of the project promise, by address (XEP-0030).
DOMAIN = {
    "erlang-solutions.com:xmpp:inbox:0", "http://jabber.org/protocol/caps",
    "http://jabber.org/protocol/chatstates", "http://jabber.org/protocol/disco#info",
    "http://jabber.org/protocol/disco#items", "jabber:iq:last", "jabber:iq:privacy",
    "jabber:iq:private", "jabber:iq:register", "jabber:iq:version", "jabber:x:conference",
    "msgoffline", "urn:xmpp:blocking", "urn:xmpp:carbons:2", "urn:xmpp:chat-markers:0",
    "urn:xmpp:fallback:0", "urn:xmpp:hints", "urn:xmpp:http:upload:0",
    "urn:xmpp:message-correct:0", "urn:xmpp:message-retract:1", "urn:xmpp:ping", "urn:xmpp:push:0",
    "urn:xmpp:reactions:0", "urn:xmpp:receipts", "urn:xmpp:reply:0", "urn:xmpp:sid:0",
    "urn:xmpp:time", "vcard-temp",
}  # fmt: skip
ACCOUNT = {
    "http://jabber.org/protocol/pubsub", "http://jabber.org/protocol/pubsub#publish",
    "http://jabber.org/protocol/pubsub#publish-options", "http://jabber.org/protocol/rsm",
    "urn:xmpp:bookmarks:1#compat", "urn:xmpp:mam:2", "urn:xmpp:mam:2#extended", "urn:xmpp:push:0",
    "urn:xmpp:sid:0", "vcard-temp",
}  # fmt: skip


@pytest.fixture
async def player(services: Services, org: Organization) -> AsyncIterator[Player]:
    """The people of a running gateway with every module."""
    async with serve(services) as running, AsyncExitStack() as stack:
        yield Player(services, org.id, running.port, stack)


async def connect(player: Player, who: str, resource: str) -> Client:
    await player.play([(who, "connects", resource)])
    return player._clients[who]


async def features(client: Client, to: str) -> tuple[set[str], Element]:
    answer = await client.ask(
        f"<iq xmlns='jabber:client' to='{to}' type='get' id='d'><query xmlns='{INFO}'/></iq>"
    )
    return {f.get("var", "") for f in children(answer[0], "feature")}, answer[0]


async def test_the_server_and_accounts_announce_what_they_do(player: Player) -> None:
    kiran = await connect(player, "kiran", "phone")

    domain, _ = await features(kiran, "localhost")
    account, _ = await features(kiran, "kiran@localhost")

    assert (DOMAIN - domain, ACCOUNT - account) == (set(), set())


async def test_the_version_in_the_stream_features_is_that_of_the_answer(player: Player) -> None:
    """XEP-0115 6.1, 5.1."""
    kiran = await connect(player, "kiran", "phone")
    cookie = kiran.socket.request.headers["Cookie"].removeprefix("auth_token=")
    client = await Client.connect(player._port, cookie=cookie)
    await client.open()
    await client.auth("EXTERNAL", b"")
    _, offered = await client.open()

    _, info = await features(kiran, "localhost")
    await client.close()

    caps = next(children(offered, "c", ns.CAPS))
    assert (caps.get("hash"), caps.get("ver")) == ("sha-1", verification(info))


async def test_a_client_has_the_events_that_it_says_it_wants(player: Player) -> None:
    """XEP-0115 6.2, XEP-0163 4.3.2, 4.3.4: asked once, told the newest and then what is new."""
    kiran = await connect(player, "kiran", "phone")
    publish = (
        "<iq xmlns='jabber:client' type='set' id='p{0}'><pubsub xmlns='" + ns.PUBSUB + "'>"
        "<publish node='urn:n'><item id='{0}'><x xmlns='u'/></item></publish></pubsub></iq>"
    )
    await kiran.ask(publish.format("a"))

    await kiran.send(
        f"<presence xmlns='jabber:client'><c xmlns='{ns.CAPS}' hash='sha-1' node='urn:c' ver='v'/></presence>"
    )
    question = await kiran.receive()
    await kiran.receive()  # its own presence
    await kiran.send(
        f"<iq xmlns='jabber:client' to='localhost' type='result' id='{question.get('id')}'>"
        f"<query xmlns='{INFO}'><feature var='urn:n+notify'/></query></iq>"
    )
    newest = await kiran.receive()
    await kiran.send(publish.format("b"))
    told = await kiran.receive()

    assert question[0].get("node") == "urn:c#v"
    assert [each[0][0][0].get("id") for each in (newest, told)] == ["a", "b"]
    assert told.get("from") == "kiran@localhost"


def test_the_verification_string_is_the_one_of_the_specification() -> None:
    """XEP-0115 5.2, the simple generation example."""
    from lxml import etree

    info = etree.fromstring(
        f"<query xmlns='{INFO}'><identity category='client' name='Exodus 0.9.1' type='pc'/>"
        "<feature var='http://jabber.org/protocol/caps'/>"
        "<feature var='http://jabber.org/protocol/disco#info'/>"
        "<feature var='http://jabber.org/protocol/disco#items'/>"
        "<feature var='http://jabber.org/protocol/muc'/></query>"
    )

    assert verification(info) == "QgayPKawpkPSDYmwT/WM94uAlu0="


async def test_members_of_a_shared_group_see_each_other(
    player: Player, services: Services, org: Organization
) -> None:
    kiran = await connect(player, "kiran", "phone")
    ravi = await connect(player, "ravi", "web")
    members = ["kiran@localhost", "ravi@localhost"]
    async with unit_of_work(services, org_id=org.id) as ctx:
        await shared_groups.create_group(ctx, "localhost", "field", "Field staff", "", ["field"])
        await shared_groups.set_members(ctx, "localhost", "field", members)

    shown = await kiran.ask(
        "<iq xmlns='jabber:client' type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"
    )
    await kiran.send("<presence xmlns='jabber:client'/>")
    await kiran.barrier()
    await ravi.send("<presence xmlns='jabber:client'/>")
    heard = await ravi.barrier()

    assert [(i.get("jid"), i.get("subscription"), i[0].text) for i in shown[0]] == [
        ("ravi@localhost", "both", "Field staff")
    ]
    assert [each.get("from") for each in heard] == ["ravi@localhost/web", "kiran@localhost/phone"]


async def test_a_roster_that_another_process_changes_is_pushed(
    player: Player, services: Services, org: Organization
) -> None:
    kiran = await connect(player, "kiran", "phone")
    await kiran.ask(
        "<iq xmlns='jabber:client' type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"
    )

    async with unit_of_work(services, org_id=org.id) as ctx:
        account = await find_account(ctx, "kiran", "localhost")
        assert account is not None
        change = await roster.set_item(ctx, account.id, "ravi@localhost", "Ravi", ["Farm"])
        await roster.announce(ctx, account, change)
    push = await kiran.receive()

    assert [(i.get("jid"), i.get("name")) for i in push[0]] == [("ravi@localhost", "Ravi")]


async def test_a_full_spool_refuses_and_says_so(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XEP-0160 3: what cannot be stored is refused. The limit is lowered, not the rule changed."""
    monkeypatch.setattr(spool, "MAX_WAITING", 1)
    kiran = await connect(player, "kiran", "phone")
    ravi = await connect(player, "ravi", "web")
    await ravi.close()
    message = "<message xmlns='jabber:client' to='ravi@localhost' type='chat' id='{0}'><body>{0}</body></message>"

    for id_ in ("m1", "m2"):
        await kiran.send(message.format(id_))
    heard = await kiran.barrier()

    assert [(each.get("id"), each.get("type")) for each in heard] == [("m2", "error")]


async def test_a_phone_that_sleeps_is_told_by_a_worker(player: Player, jobs: RecordingJobs) -> None:
    """XEP-0357 5: only for an account that asked for it, and only while nobody is there."""
    kiran = await connect(player, "kiran", "phone")
    ravi = await connect(player, "ravi", "web")
    message = "<message xmlns='jabber:client' to='ravi@localhost' type='chat' id='{0}'><body>Hi</body></message>"
    await kiran.send(message.format("m1"))
    await kiran.barrier()
    assert jobs.sent == []

    await ravi.ask(
        "<iq xmlns='jabber:client' type='set' id='e'>"
        "<enable xmlns='urn:xmpp:push:0' jid='p.example' node='n'/></iq>"
    )
    await ravi.close()
    await kiran.send(message.format("m2"))
    await kiran.barrier()

    assert [name for name, _ in jobs.sent] == ["push.tell"]
