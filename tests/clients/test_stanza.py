"""What stanza knows beyond the common: a second session, bookmarks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.conftest import Town
from tests.clients.packages import Installed

pytestmark = pytest.mark.anyio


@pytest.fixture
def stanza(installed: Installed) -> Path:
    return installed("stanza")


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
