"""What people build web chat on: @xmpp/client, strophe.js and stanza, unchanged, against a real gateway."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import httpx
import pytest

from tests.clients.conftest import PASSWORD, Town
from tests.clients.node_client import running
from tests.clients.packages import Installed
from tests.clients.pictures import PICTURE

pytestmark = pytest.mark.anyio

ROOM = "harvest@conference.localhost"


@pytest.fixture(params=["xmpp", "strophe", "stanza"])
def library(request: pytest.FixtureRequest, installed: Installed) -> Path:
    """The folder of each library in turn."""
    return installed(request.param)


async def test_it_logs_in_by_scram_and_has_its_roster(town: Town, library: Path) -> None:
    """RFC 5802, RFC 6121 2.2."""
    line = await town.wire()
    async with running(library, line.websocket, "meera@localhost", PASSWORD) as meera:
        online = await meera.do("login")

        assert online["mechanism"].startswith("SCRAM-SHA-")
        assert online["jid"].startswith("meera@localhost/")
        assert await meera.do("roster") == [["ravi@localhost", "Ravi", "both"]]


async def test_a_message_is_confirmed(town: Town, library: Path) -> None:
    """RFC 6121 5, XEP-0184 5."""
    meera, _ = await town.client(library, "meera")
    ravi, _ = await town.client(library, "ravi")

    await meera.do("send", to="ravi@localhost", body="Rain tonight", id="m1")
    heard = await ravi.hears("message", body="Rain tonight")
    receipt = await meera.hears("receipt", id="m1")

    assert heard["from"] == meera.jid
    assert receipt["from"] == ravi.jid


async def test_markers_say_what_was_received_and_read(town: Town, library: Path) -> None:
    """XEP-0333 3."""
    meera, _ = await town.client(library, "meera")
    ravi, _ = await town.client(library, "ravi")

    await meera.do("send", to="ravi@localhost", body="Rain tonight", id="m1")
    received = await meera.hears("marker", kind="received")
    await ravi.do("displayed", **{"from": meera.jid}, id="m1")
    displayed = await meera.hears("marker", kind="displayed")

    assert (received["id"], received["from"]) == ("m1", ravi.jid)
    assert (displayed["id"], displayed["from"]) == ("m1", ravi.jid)


async def test_a_room_tells_those_who_come_what_was_said(town: Town, library: Path) -> None:
    """XEP-0045 7.2, 7.4, 7.2.13."""
    meera, _ = await town.client(library, "meera")
    ravi, _ = await town.client(library, "ravi")
    await meera.do("join", room=ROOM, nick="meera")
    await meera.hears("presence", **{"from": f"{ROOM}/meera"})
    await meera.do("accept", room=ROOM)
    await meera.do("send", to=ROOM, body="Who has seed?", type="groupchat")
    await meera.hears("message", body="Who has seed?", type="groupchat")

    await ravi.do("join", room=ROOM, nick="ravi")
    told = await ravi.hears("message", body="Who has seed?")
    await ravi.do("send", to=ROOM, body="I have", type="groupchat")
    answer = await meera.hears("message", body="I have")

    assert (told["from"], told["delayed"]) == (f"{ROOM}/meera", True)
    assert (answer["from"], answer["delayed"]) == (f"{ROOM}/ravi", False)
    page = await ravi.do("history", room=ROOM, max=10)
    assert page["bodies"] == ["Who has seed?", "I have"]


async def test_the_archive_is_read_backwards_page_by_page(town: Town, library: Path) -> None:
    """XEP-0313 4.3, XEP-0059 2.5."""
    meera, _ = await town.client(library, "meera")
    ravi, _ = await town.client(library, "ravi")
    for number in range(1, 8):
        await meera.do("send", to="ravi@localhost", body=f"Line {number}")
    await ravi.hears("message", body="Line 7")

    pages = []
    before = ""
    while not pages or not pages[-1]["complete"]:
        page = await ravi.do("history", peer="meera@localhost", max=3, before=before)
        pages.append(page)
        before = page["first"]

    assert [page["bodies"] for page in pages] == [
        ["Line 5", "Line 6", "Line 7"],
        ["Line 2", "Line 3", "Line 4"],
        ["Line 1"],
    ]


async def test_a_cut_line_loses_nothing(town: Town, library: Path) -> None:
    """XEP-0198 5: the session goes on, with what came in between."""
    meera, line = await town.client(library, "meera")
    ravi, _ = await town.client(library, "ravi")

    line.cut()
    await meera.hears("offline")
    await ravi.do("send", to=meera.jid, body="While you were away", id="m1")
    online = await meera.do("reconnect")
    await meera.hears("message", body="While you were away")
    await ravi.hears("receipt", id="m1")

    assert (online["jid"], online["resumed"]) == (meera.jid, True)
    assert len(meera.seen("message")) == 1


async def test_a_picture_is_uploaded(town: Town, library: Path, web: str) -> None:
    """XEP-0363 3 to 6."""
    meera, _ = await town.client(library, "meera")
    picture = b64encode(PICTURE).decode()

    stored = await meera.do("upload", name="field.png", type="image/png", base64=picture)
    async with httpx.AsyncClient(trust_env=False) as http:
        fetched = await http.get(stored["url"])

    assert stored["status"] == 201
    assert stored["url"].startswith(f"{web}/upload/")
    assert (fetched.status_code, fetched.content) == (200, PICTURE)
    assert fetched.headers["content-type"] == "image/png"
