"""XEP-0198 5: sessions whose node stops just when another one asks for them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.protocol.jid import Jid
from app.xmpp.hooks import SessionParked
from tests.xmpp.house import SM, House, resume

pytestmark = pytest.mark.anyio


async def test_a_session_that_is_just_being_parked_is_waited_for(house: House) -> None:
    """Its socket has ended, which parks it, and another node asks for it meanwhile."""
    (one, stop), (two, _) = await house.node(), await house.node()
    kiran, id_ = await house.managed(one, "kiran", "phone")
    parked, is_parking, go = [], asyncio.Event(), asyncio.Event()

    async def wait(event: SessionParked) -> None:
        parked.append(event.session.jid)
        is_parking.set()
        await go.wait()

    one.gateway.on(SessionParked, wait)
    stopping = asyncio.create_task(stop.aclose())
    await kiran.close()
    await is_parking.wait()
    again = await house.person(two, "kiran", "logs in")
    await again.send(resume(id_, 1))
    await asyncio.sleep(0.05)
    go.set()

    assert (await again.receive()).tag == f"{{{SM}}}resumed"
    assert parked == [Jid.parse("kiran@localhost/phone")]
    await stopping


async def test_a_session_whose_node_goes_while_it_is_asked_is_found(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The node had parked it, and heard no question any more."""
    (one, stop), (two, _) = await house.node(), await house.node()
    kiran, id_ = await house.managed(one, "kiran", "phone")
    ask = two.gateway.bus.ask

    async def ask_too_late(*question: Any) -> Any:
        await stop.aclose()
        return await ask(*question)

    monkeypatch.setattr(two.gateway.bus, "ask", ask_too_late)
    again = await house.person(two, "kiran", "logs in")

    assert (await again.ask(resume(id_, 1))).tag == f"{{{SM}}}resumed"
    await kiran.closed()
