"""A client over TCP that sees every octet, and a gateway with both of its ports."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from app.core.services import Services
from app.xmpp.server.app import RunningGateway

if TYPE_CHECKING:
    from tests.xmpp.conftest import TestAccounts

HEADER = (
    "<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client'"
    " xmlns:stream='http://etherx.jabber.org/streams'>"
)
STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
BIND = (
    "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    "<resource>desk</resource></bind></iq>"
)
TIMEOUT_S = 5.0


class Wire:
    """A client that sees every octet."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, text: str | bytes) -> None:
        self._writer.write(text if isinstance(text, bytes) else text.encode())

    def pause(self) -> None:
        """Nothing is read until the next question."""
        self._reader._transport.pause_reading()  # type: ignore[attr-defined]  # typeshed leaves it out
        self._reader._paused = True  # type: ignore[attr-defined]  # as the reader itself pauses

    async def until(self, end: str) -> str:
        """What came up to and with these words."""
        octets = await asyncio.wait_for(self._reader.readuntil(end.encode()), TIMEOUT_S)
        return octets.decode()

    async def rest(self) -> str:
        """What came until the server closed the connection."""
        return (await asyncio.wait_for(self._reader.read(), TIMEOUT_S)).decode()

    async def octets(self) -> bytes:
        """The same, where it need not be text; a connection that is cut off has an end as well."""
        with contextlib.suppress(ConnectionError):
            return await asyncio.wait_for(self._reader.read(), TIMEOUT_S)
        return b""

    async def secure(self, context: ssl.SSLContext) -> None:
        await asyncio.wait_for(
            self._writer.start_tls(context, server_hostname="localhost"), TIMEOUT_S
        )

    async def close(self) -> None:
        self._writer.transport.abort()


class Tcp:
    """A gateway with both ports, and clients of it."""

    def __init__(
        self,
        running: RunningGateway,
        accounts: TestAccounts,
        services: Services,
        stack: AsyncExitStack,
    ) -> None:
        self.running = running
        self.services = services
        self.accounts = accounts
        self._stack = stack
        self.context = ssl.create_default_context(cafile=services.config.data_dir / "tls/chat.crt")

    async def connect(self, *, is_direct: bool = False) -> Wire:
        port = self.running.tls_port if is_direct else self.running.tcp_port
        context = self.context if is_direct else None
        server_hostname = "localhost" if is_direct else None
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=context, server_hostname=server_hostname
        )
        wire = Wire(reader, writer)
        self._stack.push_async_callback(wire.close)
        return wire

    async def secured(self) -> Wire:
        """A stream after STARTTLS, its features read."""
        wire = await self.connect()
        wire.send(HEADER)
        await wire.until("</stream:features>")
        wire.send(STARTTLS)
        await wire.until("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        await wire.secure(self.context)
        wire.send(HEADER)
        await wire.until("</stream:features>")
        return wire

    async def login(self) -> Wire:
        """A bound session of meera's."""
        wire = await self.secured()
        plain = base64.b64encode(b"\0meera\0neem tree 7").decode()
        wire.send(
            f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>"
        )
        await wire.until("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
        wire.send(HEADER)
        await wire.until("</stream:features>")
        wire.send(BIND)
        await wire.until("</iq>")
        return wire
