from __future__ import annotations

import pytest

from tests.xmpp.conftest import Town

pytestmark = pytest.mark.anyio


async def test_two_people_chat(town: Town) -> None:
    meera = await town.login("meera", "phone", presence="<presence xmlns='jabber:client'/>")
    ravi = await town.login("ravi", "web", presence="<presence xmlns='jabber:client'/>")
    await meera.send(
        "<message xmlns='jabber:client' to='ravi@localhost' type='chat' id='m1'><body>hi</body></message>"
    )
    got = await ravi.receive()
    assert (got.get("from"), got.get("id"), got[0].text) == ("meera@localhost/phone", "m1", "hi")
