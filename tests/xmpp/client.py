"""A small XMPP client over a real WebSocket: sends text, waits for elements."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from typing import Any

from lxml import etree
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from app.protocol import ns
from app.protocol.element import Element, child_text

TIMEOUT_S = 5.0


class Client:
    """One connection. Every wait ends with TimeoutError after TIMEOUT_S."""

    def __init__(self, socket: ClientConnection, domain: str) -> None:
        self.socket = socket
        self.domain = domain
        self.jid = ""

    @classmethod
    async def connect(
        cls, port: int, *, domain: str = "localhost", cookie: str | None = None, **options: Any
    ) -> Client:
        """A client whose WebSocket is open and whose stream is not."""
        headers = {"Cookie": f"auth_token={cookie}"} if cookie else {}
        options.setdefault("subprotocols", [Subprotocol("xmpp")])
        options.setdefault("additional_headers", headers)
        socket = await connect(f"ws://127.0.0.1:{port}/xmpp", compression=None, **options)
        return cls(socket, domain)

    @classmethod
    async def login(
        cls, port: int, *, cookie: str, domain: str = "localhost", resource: str = ""
    ) -> Client:
        """A client with a bound resource that has sent no presence."""
        client = await cls.connect(port, domain=domain, cookie=cookie)
        await client.authenticate("EXTERNAL", b"")
        await client.bind(resource)
        return client

    async def send(self, text: str) -> None:
        await self.socket.send(text)

    async def receive(self) -> Element:
        """The next element."""
        text = await asyncio.wait_for(self.socket.recv(), TIMEOUT_S)
        assert isinstance(text, str)
        return etree.fromstring(text)

    async def ask(self, text: str) -> Element:
        await self.send(text)
        return await self.receive()

    async def open(self) -> tuple[Element, Element]:
        """`<open/>` and the features."""
        await self.send(f"<open xmlns='{ns.FRAMING}' to='{self.domain}' version='1.0'/>")
        return await self.receive(), await self.receive()

    async def authenticate(self, mechanism: str, payload: bytes) -> None:
        """Logged in by one message, and opened anew."""
        await self.open()
        answer = await self.auth(mechanism, payload)
        assert answer.tag == f"{{{ns.SASL}}}success", etree.tostring(answer)
        await self.open()

    async def auth(self, mechanism: str, payload: bytes) -> Element:
        text = base64.b64encode(payload).decode() or "="
        return await self.ask(f"<auth xmlns='{ns.SASL}' mechanism='{mechanism}'>{text}</auth>")

    async def scram(self, mechanism: str, username: str, password: str) -> Element:
        """The whole exchange; the server's proof is checked."""
        hash_name = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-1": "sha1"}[mechanism]
        bare = f"n={username},r=clientnonce"
        challenge = await self.auth(mechanism, f"n,,{bare}".encode())
        server_first = base64.b64decode(challenge.text or "").decode()
        final, expected = scram_final(hash_name, password, bare, server_first)
        answer = await self.ask(f"<response xmlns='{ns.SASL}'>{final}</response>")
        if answer.tag == f"{{{ns.SASL}}}success":
            assert base64.b64decode(answer.text or "") == b"v=" + base64.b64encode(expected)
        return answer

    async def bind(self, resource: str = "") -> str:
        """A resource is bound; the address is given and kept."""
        wish = f"<resource>{resource}</resource>" if resource else ""
        answer = await self.ask(
            f"<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='{ns.BIND}'>{wish}</bind></iq>"
        )
        assert answer.get("type") == "result", etree.tostring(answer)
        self.jid = child_text(answer[0], "jid") or ""
        return self.jid

    async def barrier(self) -> list[Element]:
        """Everything that came before the answer to a request that nobody takes."""
        await self.send(
            f"<iq xmlns='jabber:client' type='get' id='barrier' to='{self.domain}'><q xmlns='urn:none'/></iq>"
        )
        before: list[Element] = []
        while (element := await self.receive()).get("id") != "barrier":
            before.append(element)
        return before

    async def closed(self) -> int:
        """The code with which the server closed the WebSocket."""
        await asyncio.wait_for(self.socket.wait_closed(), TIMEOUT_S)
        assert self.socket.close_code is not None
        return self.socket.close_code

    async def close(self) -> None:
        await self.socket.close()


def scram_final(hash_name: str, password: str, bare: str, server_first: str) -> tuple[str, bytes]:
    """RFC 5802 3: the client's last message, in Base64, and what the server has to prove."""
    fields = dict(pair.split("=", 1) for pair in server_first.split(","))
    salted = hashlib.pbkdf2_hmac(
        hash_name, password.encode(), base64.b64decode(fields["s"]), int(fields["i"])
    )
    client_key = hmac.digest(salted, b"Client Key", hash_name)
    unproved = f"c=biws,r={fields['r']}"
    signed = f"{bare},{server_first},{unproved}".encode()
    signature = hmac.digest(hashlib.new(hash_name, client_key).digest(), signed, hash_name)
    proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    final = f"{unproved},p={base64.b64encode(proof).decode()}"
    expected = hmac.digest(hmac.digest(salted, b"Server Key", hash_name), signed, hash_name)
    return base64.b64encode(final.encode()).decode(), expected
