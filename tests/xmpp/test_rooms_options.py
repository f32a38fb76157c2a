"""Options of rooms whose effect no fixed conversation can show, or that another process sets."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from app.core.errors import Invalid
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import rooms, rooms_config, rooms_hats
from app.domain.chat.rooms_config import RoomConfig
from app.models import Organization
from app.protocol import ns
from app.protocol.element import Element, child_text
from app.protocol.forms import values
from app.xmpp.server.app import serve
from tests.conftest import Work
from tests.xmpp.client import Client
from tests.xmpp.player import Player

pytestmark = pytest.mark.anyio

ROOM = "group-7@localhost"
JOIN = f"<presence xmlns='jabber:client' to='{ROOM}/{{}}'><x xmlns='{ns.MUC}'/></presence>"
CARD = "<vCard xmlns='vcard-temp'><PHOTO><BINVAL>R0lGODlhAQABAAAAACw=</BINVAL></PHOTO></vCard>"
ANSWER = (
    f"<iq xmlns='jabber:client' type='set' id='a' to='{ROOM}'><captcha xmlns='urn:xmpp:captcha'>"
    "<x xmlns='jabber:x:data' type='submit'>"
    "<field var='FORM_TYPE'><value>urn:xmpp:captcha</value></field>"
    "<field var='challenge'><value>{}</value></field><field var='qa'><value>{}</value></field>"
    "</x></captcha></iq>"
)


@dataclass
class House:
    """Kiran is in his room."""

    services: Services
    org: Organization
    player: Player
    kiran: Client

    async def change(self, **options: object) -> None:
        """Another process sets options; Kiran has heard so."""
        async with unit_of_work(self.services, org_id=self.org.id) as ctx:
            await rooms.change_options(ctx, ROOM, options)
        assert (await self.kiran.receive()).tag == f"{{{ns.CLIENT}}}message"


async def enter(client: Client, nick: str) -> list[Element]:
    """What came until the subject."""
    await client.send(JOIN.format(nick))
    heard = [await client.receive()]
    while child_text(heard[-1], "subject") is None:
        heard.append(await client.receive())
    return heard


@pytest.fixture
async def house(services: Services, org: Organization) -> AsyncIterator[House]:
    async with serve(services) as running, AsyncExitStack() as stack:
        player = Player(services, org.id, running.port, stack)
        kiran = await player.connect("kiran", "web")
        await enter(kiran, "Kiran")
        yield House(services, org, player, kiran)


async def test_whoever_answers_right_enters_and_is_not_asked_again(house: House) -> None:
    """XEP-0158 3.1.3."""
    await house.change(captcha_protected=True)
    ravi = await house.player.connect("ravi", "phone")
    await ravi.send(JOIN.format("Ravi"))
    asked = await ravi.receive()
    numbers = re.findall(r"\d+", child_text(asked, "body") or "")

    await ravi.send(ANSWER.format(asked.get("id"), sum(map(int, numbers))))
    came = [await ravi.receive() for _ in range(4)]
    await ravi.send(f"<presence xmlns='jabber:client' to='{ROOM}/Ravi' type='unavailable'/>")
    await ravi.receive()
    again = await enter(ravi, "Ravi")

    assert [stanza.get("from") for stanza in came] == [
        f"{ROOM}/Kiran",
        f"{ROOM}/Ravi",
        ROOM,
        ROOM,
    ]
    assert came[-1].get("type") == "result"
    assert [stanza.get("from") for stanza in again][:2] == [f"{ROOM}/Kiran", f"{ROOM}/Ravi"]


async def test_a_room_has_a_presence_of_its_own_if_it_is_to_have_one(house: House) -> None:
    """XEP-0153 3; XEP-0486 4.2 says why it is not there by itself."""
    await house.change(vcard_xupdate="0a1b")
    ravi = await house.player.connect("ravi", "phone")

    own, *rest = await enter(ravi, "Ravi")

    photo = own.find(".//{vcard-temp:x:update}photo")
    assert photo is not None
    assert (own.get("from"), photo.text, len(rest)) == (ROOM, "0a1b", 3)


async def test_disco_tells_of_picture_language_and_node(house: House) -> None:
    """XEP-0045 6.4, XEP-0486 2.3."""
    await house.change(vcard=CARD, lang="hi", pubsub="xmpp:pubsub.localhost?;node=tea")

    answer = await house.kiran.ask(
        f"<iq xmlns='jabber:client' type='get' id='d' to='{ROOM}'><query xmlns='{ns.DISCO_INFO}'/></iq>"
    )

    form = answer.find(f".//{{{ns.DATA_FORMS}}}x")
    assert form is not None
    told = {name.partition("_")[2]: texts for name, texts in values(form).items()}
    assert (told["lang"], told["pubsub"], told["avatarhash"]) == (
        ("hi",),
        ("xmpp:pubsub.localhost?;node=tea",),
        ("470f22af41a0856eff4fa6dd8b394a81149cfbd6",),
    )


async def test_a_hat_that_another_process_gives_is_seen(house: House) -> None:
    """XEP-0317 3.1."""
    await house.change(enable_hats=True)
    async with unit_of_work(house.services, org_id=house.org.id) as ctx:
        await rooms_hats.don(ctx, ROOM, "kiran@localhost", "urn:ngo:head", "Head")

    seen = await house.kiran.receive()

    hats = [dict(hat.attrib) for hat in seen.iterfind(".//{urn:xmpp:hats:0}hat")]
    assert hats == [{"uri": "urn:ngo:head", "title": "Head"}]
    await house.change(title="Tea")
    async with unit_of_work(house.services, org_id=house.org.id) as ctx:
        worn = rooms_hats.worn_in((await rooms.get_room(ctx, ROOM)).config)
    assert worn == {"kiran@localhost": (rooms_hats.Hat("urn:ngo:head", "Head"),)}


def test_every_option_that_administrators_type_is_read() -> None:
    """The names and values of `change_room_option` and of the room type of the admin interface."""
    typed = {
        "allow_private_messages": "false",
        "captcha_protected": "true",
        "captcha_whitelist": "kiran@localhost, ngo.example",
        "enable_hats": "true",
        "allow_voice_requests": "false",
        "presence_broadcast": "moderator,participant",
        "vcard": CARD,
        "vcard_xupdate": "0a1b",
    }
    config = RoomConfig()
    for name, text in typed.items():
        config = rooms_config.change_text(config, name, text)

    assert config == RoomConfig(
        allow_private_messages="none",
        captcha_protected=True,
        captcha_whitelist=("kiran@localhost", "ngo.example"),
        enable_hats=True,
        allow_voice_requests=False,
        presence_broadcast=("moderator", "participant"),
        vcard=CARD,
        vcard_xupdate="0a1b",
    )
    for name, text in {"vcard": "<card/>", "captcha_whitelist": "a@b@c", "logging": "yes"}.items():
        with pytest.raises(Invalid):
            rooms_config.change_text(config, name, text)


async def test_hats_are_bounded_and_known(work: Work) -> None:
    async with work() as ctx:
        await rooms.create_room(ctx, ROOM, "kiran@localhost", {})
        with pytest.raises(Invalid):
            await rooms_hats.don(ctx, ROOM, "kiran@localhost", "urn:ngo:head")
        with pytest.raises(Invalid):
            await rooms_hats.don(ctx, ROOM, "kiran@localhost", "", "Head")

        assert rooms_hats.worn_in((await rooms.get_room(ctx, ROOM)).config) == {}
