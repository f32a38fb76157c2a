"""slixmpp, a library for desktops and bots, over TCP: STARTTLS, SCRAM, and its own set of plugins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any, Final

import httpx
import pytest
from slixmpp import ClientXMPP
from slixmpp.exceptions import IqError
from slixmpp.xmlstream import ET

from app.protocol.jid import Jid
from tests.clients.conftest import PASSWORD, Town
from tests.clients.pictures import PICTURE

pytestmark = [
    pytest.mark.anyio,
    # slixmpp leaves coroutines of its own behind when it is cut off.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning"),
]

PLUGINS: Final = (
    "0030", "0045", "0054", "0060", "0085", "0115", "0163", "0184", "0191", "0198", "0199", "0280",
    "0313", "0352", "0363",
)  # fmt: skip
TIMEOUT_S = 15.0
ROOM: Final = "harvest@conference.localhost"
TUNE: Final = "http://jabber.org/protocol/tune"


class Desk:
    """The clients of a gateway with TCP."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self._chain = town.services.config.data_dir / "tls/chat.crt"
        self._clients: list[ClientXMPP] = []

    async def login(self, name: str, resource: str) -> ClientXMPP:
        """A client that has sent presence."""
        client = ClientXMPP(f"{name}@localhost/{resource}", PASSWORD)
        client.loop = asyncio.get_running_loop()
        client.ca_certs = self._chain
        client.enable_direct_tls = False
        for number in PLUGINS:
            client.register_plugin(f"xep_{number}")
        client["xep_0184"].auto_ack = True
        client["xep_0184"].auto_request = True
        client["xep_0163"].add_interest(TUNE)
        client["xep_0060"].map_node_event(TUNE, "tune")
        self._clients.append(client)
        started = heard(client, "session_start")
        await asyncio.sleep(0)
        client.connect("127.0.0.1", self.town.gateway.tcp_port)
        await started
        client.send_presence()
        await client.get_roster(timeout=TIMEOUT_S)
        return client

    async def close(self) -> None:
        for client in self._clients:
            client.abort()
        await asyncio.sleep(0)


@pytest.fixture
async def desk(town: Town) -> AsyncIterator[Desk]:
    desk = Desk(town)
    yield desk
    await desk.close()


def heard(client: ClientXMPP, event: str) -> asyncio.Task[Any]:
    """What comes with the next event of that name."""
    return asyncio.create_task(client.wait_until(event, timeout=TIMEOUT_S))


async def test_two_people_write_and_see_that_it_arrived(desk: Desk) -> None:
    """RFC 6121 5, XEP-0184 5."""
    meera, ravi = await desk.login("meera", "desk"), await desk.login("ravi", "home")
    message, receipt = heard(ravi, "message"), heard(meera, "receipt_received")
    await asyncio.sleep(0)

    sent = meera.make_message("ravi@localhost", "Rain tonight", mtype="chat")
    sent.send()
    came, confirmed = await message, await receipt

    assert (str(came["from"]), came["body"]) == ("meera@localhost/desk", "Rain tonight")
    assert confirmed["receipt"] == sent["id"]


async def test_its_sessions_are_managed_and_resumed_after_a_cut(desk: Desk) -> None:
    """XEP-0198 3, 5."""
    meera, ravi = await desk.login("meera", "desk"), await desk.login("ravi", "home")
    assert meera["xep_0198"].enabled_in
    resumed, message = heard(meera, "session_resumed"), heard(meera, "message")
    await asyncio.sleep(0)

    meera.transport.abort()
    ravi.send_message("meera@localhost/desk", "While you were away", mtype="chat")
    meera.connect("127.0.0.1", desk.town.gateway.tcp_port)
    await resumed
    came = await message

    assert came["body"] == "While you were away"
    session = desk.town.gateway.gateway.sessions.find(Jid.parse("meera@localhost/desk"))
    assert session is not None
    assert session.is_available


async def test_it_finds_out_what_the_server_and_others_can_do(desk: Desk) -> None:
    """XEP-0030 3, XEP-0115 6."""
    meera, ravi = await desk.login("meera", "desk"), await desk.login("ravi", "home")

    server = await meera["xep_0030"].get_info("localhost", timeout=TIMEOUT_S)
    items = await meera["xep_0030"].get_items("localhost", timeout=TIMEOUT_S)
    other = await meera["xep_0030"].get_info("ravi@localhost/home", timeout=TIMEOUT_S)
    verified = await ravi["xep_0115"].get_verstring("ravi@localhost/home")

    assert "urn:xmpp:http:upload:0" in server["disco_info"]["features"]
    assert "conference.localhost" in {str(jid) for jid, _, _ in items["disco_items"]["items"]}
    assert f"{TUNE}+notify" in other["disco_info"]["features"]
    assert verified
    assert "caps" in meera.features


async def test_a_room_tells_those_who_come_what_was_said(desk: Desk) -> None:
    """XEP-0045 7.1, 7.2.13, 7.4, 8.1."""
    meera, ravi = await desk.login("meera", "desk"), await desk.login("ravi", "home")
    own, *_ = await meera["xep_0045"].join_muc_wait(ROOM, "Meera", timeout=TIMEOUT_S)
    form = await meera["xep_0045"].get_room_config(ROOM, timeout=TIMEOUT_S)
    form.reply()
    await meera["xep_0045"].set_room_config(ROOM, form, timeout=TIMEOUT_S)
    echo = heard(meera, "groupchat_message")
    await asyncio.sleep(0)
    meera.send_message(ROOM, "The well is dry", mtype="groupchat")
    await echo

    _, _, occupants, history = await ravi["xep_0045"].join_muc_wait(
        ROOM, "Ravi", maxstanzas=5, timeout=TIMEOUT_S
    )

    assert str(own["from"]) == f"{ROOM}/Meera"
    assert f"{ROOM}/Meera" in {str(one["from"]) for one in occupants}
    assert [one["body"] for one in history] == ["The well is dry"]


async def test_a_card_is_kept_and_shown_to_others(desk: Desk) -> None:
    """XEP-0054 3.1, 3.2."""
    meera, ravi = await desk.login("meera", "desk"), await desk.login("ravi", "home")
    card = meera["xep_0054"].make_vcard()
    card["FN"] = "Meera of the hills"

    await meera["xep_0054"].publish_vcard(card, timeout=TIMEOUT_S)
    seen = await ravi["xep_0054"].get_vcard("meera@localhost", local=False, timeout=TIMEOUT_S)

    assert seen["vcard_temp"]["FN"] == "Meera of the hills"


async def test_what_one_publishes_is_told_to_those_who_want_it(desk: Desk) -> None:
    """XEP-0163 4.3, XEP-0060 6.5, 7.1."""
    meera, ravi = await desk.login("meera", "desk"), await desk.login("ravi", "home")
    told = heard(ravi, "tune_publish")
    await asyncio.sleep(0)
    tune = ET.Element(f"{{{TUNE}}}tune")
    ET.SubElement(tune, f"{{{TUNE}}}title").text = "Malhar"

    await meera["xep_0060"].publish(None, TUNE, id="current", payload=tune, timeout=TIMEOUT_S)
    event = await told
    kept = await ravi["xep_0060"].get_items("meera@localhost", TUNE, timeout=TIMEOUT_S)

    assert str(event["from"]) == "meera@localhost"
    assert event["pubsub_event"]["items"]["item"]["payload"][0].text == "Malhar"
    assert [item["id"] for item in kept["pubsub"]["items"]["substanzas"]] == ["current"]


async def test_who_is_blocked_cannot_write(desk: Desk) -> None:
    """XEP-0191 3.2 to 3.4."""
    meera, ravi = await desk.login("meera", "desk"), await desk.login("ravi", "home")
    await meera["xep_0191"].block("ravi@localhost", timeout=TIMEOUT_S)
    blocked = await meera["xep_0191"].get_blocked_jids(timeout=TIMEOUT_S)
    refused = heard(ravi, "message_error")
    await asyncio.sleep(0)

    ravi.send_message("meera@localhost", "Hello?", mtype="chat")
    error = await refused
    await meera["xep_0191"].unblock("ravi@localhost", timeout=TIMEOUT_S)

    assert {str(jid) for jid in blocked} == {"ravi@localhost"}
    assert error["error"]["condition"] == "service-unavailable"
    assert await meera["xep_0191"].get_blocked_jids(timeout=TIMEOUT_S) == set()


async def test_a_second_session_has_copies(desk: Desk) -> None:
    """XEP-0280 4, 7, 8."""
    meera, phone = await desk.login("meera", "desk"), await desk.login("meera", "phone")
    await phone["xep_0280"].enable(timeout=TIMEOUT_S)
    copied = heard(phone, "carbon_sent")
    await asyncio.sleep(0)

    meera.send_message("ravi@localhost", "Rain tonight", mtype="chat")
    copy = await copied

    assert copy["carbon_sent"]["body"] == "Rain tonight"


async def test_the_archive_is_read_page_by_page(desk: Desk) -> None:
    """XEP-0313 4, XEP-0059 2."""
    meera, ravi = await desk.login("meera", "desk"), await desk.login("ravi", "home")
    last = heard(ravi, "message")
    await asyncio.sleep(0)
    for number in range(12):
        meera.send_message("ravi@localhost", f"m{number}", mtype="chat")
    await last

    bodies: list[str] = []
    async for one in meera["xep_0313"].iterate(with_jid="ravi@localhost", rsm={"max": 5}):
        bodies.append(one["mam_result"]["forwarded"]["stanza"]["body"])

    assert bodies == [f"m{number}" for number in range(12)]


async def test_an_inactive_client_is_spared_what_can_wait(desk: Desk) -> None:
    """XEP-0352 4, 5: presence waits; a message comes at once, with what waited before it."""
    meera, ravi = await desk.login("meera", "desk"), await desk.login("ravi", "home")
    await meera["xep_0199"].send_ping("localhost", timeout=TIMEOUT_S)
    changes: list[str] = []
    meera.add_event_handler("changed_status", lambda told: changes.append(told["status"]))
    assert meera["xep_0352"].enabled
    meera["xep_0352"].send_inactive()
    await meera["xep_0199"].send_ping("localhost", timeout=TIMEOUT_S)
    changes.clear()
    came = heard(meera, "message")
    await asyncio.sleep(0)

    ravi.send_presence(pstatus="In the field")
    await ravi["xep_0199"].send_ping("localhost", timeout=TIMEOUT_S)
    before = list(changes)
    ravi.send_message("meera@localhost", "Look", mtype="chat")
    await came

    assert before == []
    assert changes == ["In the field"]


async def test_a_picture_is_uploaded(desk: Desk, web: str) -> None:
    """XEP-0363 3 to 6."""
    meera = await desk.login("meera", "desk")

    url = await meera["xep_0363"].upload_file(
        "field.png", content_type="image/png", input_file=BytesIO(PICTURE), timeout=TIMEOUT_S
    )
    async with httpx.AsyncClient(trust_env=False) as http:
        fetched = await http.get(url)

    assert url.startswith(f"{web}/upload/")
    assert (fetched.status_code, fetched.content) == (200, PICTURE)


async def test_a_file_that_is_too_large_is_refused(desk: Desk) -> None:
    """XEP-0363 5."""
    meera = await desk.login("meera", "desk")

    with pytest.raises(IqError) as refused:
        await meera["xep_0363"].request_slot(
            "localhost", "film.mp4", 2**31, "video/mp4", timeout=TIMEOUT_S
        )

    assert refused.value.condition == "not-acceptable"
