"""REST beside two gateways: whoever is wherever hears what is said."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from app.models import Organization
from app.protocol import ns
from app.protocol.element import Element, child, child_text
from app.xmpp.server.app import serve
from tests.rest.client_api import MEERA, RAVI, Api, next_of
from tests.xmpp.client import Client

pytestmark = pytest.mark.anyio

ENABLE = "<iq xmlns='jabber:client' type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>"


async def at(stack: AsyncExitStack, api: Api, port: int, who: str, resource: str) -> Client:
    """A client that is available and wants copies."""
    client = await Client.login(port, cookie=api.token(who), resource=resource)
    stack.push_async_callback(client.close)
    await client.ask(ENABLE)
    await client.send("<presence xmlns='jabber:client'/>")
    await client.barrier()
    return client


async def message_of(client: Client) -> Element:
    """The next message: presence of one's own other resources comes between."""
    while (stanza := await client.receive()).tag != f"{{{ns.CLIENT}}}message":
        pass
    return stanza


def copied(stanza: Element) -> tuple[str | None, str | None, str | None]:
    """From whom the copy is, and from whom and what the message in it."""
    sent = child(stanza, "sent", ns.CARBONS)
    assert sent is not None
    inner = sent[0][-1]
    return stanza.get("from"), inner.get("to"), child_text(inner, "body")


async def test_an_event_stream_hears_both_nodes_and_a_call_reaches_both(api: Api) -> None:
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(serve(api.services))
        two = await stack.enter_async_context(serve(api.services))
        events = await stack.enter_async_context(api.listen(RAVI))
        web = await at(stack, api, one.port, MEERA, "web")
        phone = await at(stack, api, two.port, MEERA, "phone")
        await web.barrier()
        heard = []
        for client, text in ((web, "from one"), (phone, "from two")):
            await client.send(
                f"<message xmlns='jabber:client' type='chat' id='m' to='{RAVI}'>"
                f"<body>{text}</body></message>"
            )
            kind, event = await next_of(events)
            heard.append((kind, event["from"], event["body"]))
        copies = [copied(await message_of(client)) for client in (phone, web)]

        await api.call(RAVI, "POST", "/messages", {"to": MEERA, "body": "Yes"})
        reached = [await message_of(web), await message_of(phone)]

    assert heard == [
        ("message", f"{MEERA}/web", "from one"),
        ("message", f"{MEERA}/phone", "from two"),
    ]
    assert copies == [(MEERA, RAVI, "from one"), (MEERA, RAVI, "from two")]
    assert [(s.get("from"), child_text(s, "body")) for s in reached] == [(RAVI, "Yes")] * 2


async def test_the_senders_own_clients_have_copies_wherever_they_are(
    api: Api, org: Organization
) -> None:
    """XEP-0280 7: of what he sends to people and to the organization; not of what is for himself."""
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(serve(api.services))
        two = await stack.enter_async_context(serve(api.services))
        web = await at(stack, api, one.port, RAVI, "web")
        phone = await at(stack, api, two.port, RAVI, "phone")

        await api.call(RAVI, "POST", "/messages", {"to": MEERA, "body": "Rain?"})
        first = [copied(await message_of(client)) for client in (web, phone)]
        await api.call(RAVI, "POST", "/messages", {"to": "asha@localhost", "body": "Help"})
        second = [copied(await message_of(client)) for client in (web, phone)]
        await api.call(RAVI, "POST", "/messages", {"to": RAVI, "body": "Note"})
        own = [await message_of(client) for client in (web, phone)]

    assert first == [(RAVI, MEERA, "Rain?")] * 2
    assert second == [(RAVI, "asha@localhost", "Help")] * 2
    assert [(s.get("from"), child_text(s, "body")) for s in own] == [(RAVI, "Note")] * 2
