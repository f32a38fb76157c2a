"""From a beneficiary's chat client to the flow, the webhook, the staff member, and back."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from websockets.asyncio.client import ClientConnection
from websockets.typing import Subprotocol

from tests.e2e.chat_client import ChatClient
from tests.e2e.conftest import PASSWORD, Installation

#: The demo's chat accounts (usernames are phones) and its admin.
ASHA, RAVI, MEERA, SITA = (f"9171000000{n:02}" for n in (1, 2, 3, 4))
NGO = "asha@localhost"
ADMIN = "917000000001"


class Staff:
    """A member of staff with a token."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self.http = http
        self.token = token

    @classmethod
    async def login(cls, http: httpx.AsyncClient, phone: str, password: str) -> Staff:
        answer = await http.post(
            "/api/v1/session", json={"user": {"phone": phone, "password": password}}
        )
        assert answer.status_code == 200, answer.text
        return cls(http, answer.json()["data"]["access_token"])

    async def execute(self, document: str, **variables: Any) -> dict[str, Any]:
        answer = await self.http.post(
            "/api",
            headers={"Authorization": self.token},
            json={"query": document, "variables": variables},
        )
        body: dict[str, Any] = answer.json()
        assert "errors" not in body, body
        data: dict[str, Any] = body["data"]
        return data


async def begin(socket: ClientConnection, token: str) -> None:
    await socket.send(json.dumps({"type": "connection_init", "payload": {"authToken": token}}))
    assert json.loads(await socket.recv())["type"] == "connection_ack"


@asynccontextmanager
async def subscription(
    installation: Installation, token: str, field: str
) -> AsyncIterator[list[dict[str, Any]]]:
    """What `field` tells while the block runs."""
    told: list[dict[str, Any]] = []

    async def listen(socket: ClientConnection) -> None:
        async for frame in socket:
            message = json.loads(frame)
            if message["type"] == "next":
                told.append(message["payload"]["data"][field])
            elif message["type"] == "ping":
                await socket.send('{"type":"pong"}')

    url = f"ws://127.0.0.1:{installation.web}/socket"
    async with websockets.connect(
        url, subprotocols=[Subprotocol("graphql-transport-ws")]
    ) as socket:
        await begin(socket, token)
        query = f"subscription {{ {field} {{ id body status flow sender {{ id }} }} }}"
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
        reader = asyncio.create_task(listen(socket))
        await asyncio.sleep(0.5)
        yield told
        reader.cancel()


async def eventually(holds: Any, timeout_s: float = 10) -> None:
    async with asyncio.timeout(timeout_s):
        while not holds():
            await asyncio.sleep(0.05)


@pytest.fixture
async def http(installation: Installation) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=installation.url, timeout=20) as client:
        yield client


async def test_a_person_walks_the_menu_and_the_survey(
    installation: Installation, node_client: Path
) -> None:
    asha = await ChatClient.login(node_client, installation.websocket, "localhost", ASHA, PASSWORD)

    [menu] = await asha.ask(NGO, "help")
    assert "1." in menu
    first = await asha.ask(NGO, "3")
    assert "1/3" in first[-1]
    refused = await asha.ask(NGO, "seven")
    assert "number from 1 to 5" in " ".join(refused)
    assert "2/3" in (await asha.ask(NGO, "4"))[-1]
    assert "3/3" in (await asha.ask(NGO, "5"))[-1]
    done = await asha.ask(NGO, "5")

    assert any("14" in text for text in done), done
    await asha.close()


async def test_two_people_chat_and_three_meet_in_a_room(
    installation: Installation, node_client: Path
) -> None:
    people = [
        await ChatClient.login(node_client, installation.websocket, "localhost", who, PASSWORD)
        for who in (RAVI, MEERA, SITA)
    ]
    ravi, meera, sita = people

    await ravi.send(meera.jid.split("/")[0], "Namaste Meera", id="m1", receipt=True)
    await meera.until(lambda: "Namaste Meera" in meera.bodies())
    await ravi.until(lambda: any(e.get("receipt") == "m1" for e in ravi.inbox))

    room = "group-6f0f1c8e-3b1c-4d27-9d44-1a2b3c4d5e6f@localhost"
    for person, nick in ((ravi, "ravi"), (meera, "meera"), (sita, "sita")):
        join = {"name": "x", "attrs": {"xmlns": "http://jabber.org/protocol/muc"}}
        await person.order(
            do="raw",
            xml={"name": "presence", "attrs": {"to": f"{room}/{nick}"}, "children": [join]},
        )
        await person.until(
            lambda p=person: any(  # type: ignore[misc]
                e.get("name") == "presence" and e["attrs"].get("from", "").startswith(room)
                for e in p.inbox
            )
        )
    await sita.send(room, "Hello all", type="groupchat", id="g1")
    for person in people:
        await person.until(lambda p=person: "Hello all" in p.bodies())  # type: ignore[misc]
    heard = next(e for e in ravi.inbox if e.get("body") == "Hello all")

    assert heard["attrs"]["from"] == f"{room}/sita"
    for person in people:
        await person.close()


async def test_staff_sees_the_conversation_live_and_answers(
    installation: Installation, node_client: Path, http: httpx.AsyncClient
) -> None:
    staff = await Staff.login(http, ADMIN, PASSWORD)
    ravi = await ChatClient.login(node_client, installation.websocket, "localhost", RAVI, PASSWORD)

    async with (
        subscription(installation, staff.token, "receivedMessage") as received,
        subscription(installation, staff.token, "updateMessageStatus") as statuses,
    ):
        await ravi.send(NGO, "Is anybody there?")
        await eventually(lambda: [m["body"] for m in received] == ["Is anybody there?"])
        contact_id = received[0]["sender"]["id"]

        found = await staff.execute(
            """query($f: SearchFilter!, $c: Opts!, $m: Opts!) {
              search(filter: $f, contactOpts: $c, messageOpts: $m) {
                contact { id } messages { body } } }""",
            f={"id": contact_id}, c={"limit": 5}, m={"limit": 5},
        )  # fmt: skip
        [conversation] = [c for c in found["search"] if c["contact"]["id"] == contact_id]
        assert "Is anybody there?" in [m["body"] for m in conversation["messages"]]

        sent = await staff.execute(
            """mutation($input: MessageInput!) {
              createAndSendMessage(input: $input) { message { id body } errors { message } } }""",
            input={
                "body": "Yes, how can we help?",
                "type": "TEXT",
                "flow": "OUTBOUND",
                "receiverId": contact_id,
            },
        )
        message = sent["createAndSendMessage"]["message"]
        await ravi.until(lambda: "Yes, how can we help?" in ravi.bodies())
        await eventually(
            lambda: (
                (message["id"], "DELIVERED") in {(s["id"], s["status"].upper()) for s in statuses}
            )
        )

    await ravi.close()


async def test_staff_registers_with_a_code_that_comes_by_chat(
    installation: Installation, node_client: Path, http: httpx.AsyncClient
) -> None:
    person = await ChatClient.login(
        node_client, installation.websocket, "localhost", SITA, PASSWORD
    )

    asked = await http.post("/api/v1/registration/send-otp", data={"user[phone]": SITA})
    assert asked.status_code == 200, asked.text
    await person.until(lambda: any("verification code" in b for b in person.bodies()))
    [code] = re.findall(r"\b\d{6}\b", person.bodies()[-1])
    registered = await http.post(
        "/api/v1/registration",
        json={"user": {"name": "Sita", "phone": SITA, "password": "secret1234", "otp": code}},
    )
    assert registered.status_code == 200, registered.text

    newcomer = await Staff.login(http, SITA, "secret1234")
    answer = await http.post(
        "/api",
        headers={"Authorization": newcomer.token},
        json={"query": "{ contacts { id } }"},
    )
    assert answer.json()["errors"][0]["message"] == "Unauthorized"
    await person.close()
