"""What stanza knows beyond the common: markers, a second session, bookmarks, uploads."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.clients.conftest import Town
from tests.clients.packages import Installed
from tests.clients.pictures import PICTURE

pytestmark = pytest.mark.anyio


@pytest.fixture
def stanza(installed: Installed) -> Path:
    return installed("stanza")


async def test_markers_say_what_was_received_and_read(town: Town, stanza: Path) -> None:
    """XEP-0333 3."""
    meera, _ = await town.client(stanza, "meera")
    ravi, _ = await town.client(stanza, "ravi")

    await meera.do("send", to="ravi@localhost", body="Rain tonight", id="m1")
    received = await meera.hears("marker", kind="received")
    await ravi.do("displayed", **{"from": meera.jid}, id="m1")
    displayed = await meera.hears("marker", kind="displayed")

    assert (received["id"], received["from"]) == ("m1", ravi.jid)
    assert (displayed["id"], displayed["from"]) == ("m1", ravi.jid)


async def test_a_second_session_has_copies(town: Town, stanza: Path) -> None:
    """XEP-0280 6, 7."""
    meera, _ = await town.client(stanza, "meera")
    phone, _ = await town.client(stanza, "ravi")
    desk, _ = await town.client(stanza, "ravi")
    await desk.do("carbons")

    await meera.do("send", to=phone.jid, body="To the phone", id="m1")
    heard = await desk.hears("carbon", kind="received", body="To the phone")
    await phone.do("send", to=meera.jid, body="From the phone", id="m2")
    said = await desk.hears("carbon", kind="sent", body="From the phone")

    assert (heard["from"], said["from"]) == (meera.jid, phone.jid)


async def test_bookmarks_and_a_nickname_are_kept_and_told(town: Town, stanza: Path) -> None:
    """XEP-0048 3.1, XEP-0163 4.2, XEP-0172 4.3."""
    meera, _ = await town.client(stanza, "meera")
    ravi, _ = await town.client(stanza, "ravi")
    room = {"name": "Harvest", "nick": "meera"}

    kept = await meera.do("bookmark", room="harvest@conference.localhost", **room)
    await meera.do("nick", nick="Meera of the mill")
    told = await ravi.hears("nick", nick="Meera of the mill")

    assert kept == [{"jid": "harvest@conference.localhost", "autoJoin": True, **room}]
    assert told["from"] == "meera@localhost"


async def test_a_picture_is_uploaded(town: Town, stanza: Path, web: str) -> None:
    """XEP-0363 3-6."""
    meera, _ = await town.client(stanza, "meera")

    slot = await meera.do("slot", name="field.png", size=len(PICTURE), type="image/png")
    async with httpx.AsyncClient(trust_env=False) as http:
        kind = {"content-type": "image/png"}
        stored = await http.put(slot["upload"], content=PICTURE, headers=kind)
        fetched = await http.get(slot["download"])

    assert slot["service"] == {"jid": "localhost", "maxSize": 16 * 1024 * 1024}
    assert slot["download"].startswith(f"{web}/upload/")
    assert (stored.status_code, fetched.status_code, fetched.content) == (201, 200, PICTURE)
    assert fetched.headers["content-type"] == "image/png"
