"""Connections on a transport that keeps everything: what the server says, frame by frame."""

from __future__ import annotations

import asyncio

from app.protocol import ns
from app.protocol.framing import WEBSOCKET, Framing
from app.protocol.tcp import TCP, XmlReader
from app.xmpp.server.connection import Connection
from app.xmpp.server.upgrade import read_cookie
from tests.xmpp.conftest import Town

OPEN = f"<open xmlns='{ns.FRAMING}' to='localhost' version='1.0'/>"
HEADER = (
    f"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='{ns.STREAM}'"
    " to='localhost' version='1.0'>"
)
AUTH = f"<auth xmlns='{ns.SASL}' mechanism='EXTERNAL'>=</auth>"
BIND = (
    f"<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='{ns.BIND}'>"
    "<resource>web</resource></bind></iq>"
)


class Recorder:
    """A transport that keeps what it is given."""

    address = "192.0.2.1"
    is_secure = True

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.unsent = 0
        self.is_closed = False

    def send(self, text: str) -> None:
        self.sent.append(text)

    def unsent_bytes(self) -> int:
        return self.unsent

    def pause_reading(self) -> None:
        """Nothing is read."""

    def resume_reading(self) -> None:
        """Nothing is read."""

    def close(self, code: int) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = True

    async def start_tls(self) -> None:
        raise OSError("none here")


def new_connection(town: Town, transport: Recorder, name: str, framing: Framing) -> Connection:
    gateway = town.running.gateway
    cookie = read_cookie(f"auth_token={town.cookie(name)}", town.services.config.secret_key)
    reader = XmlReader() if framing is TCP else None
    return Connection(gateway, transport, cookie, gateway.new_stream(framing), reader)


async def serve_recorded(town: Town, transport: Recorder, name: str) -> Connection:
    """A connection with a bound session at /web, on a transport that keeps everything."""
    connection = new_connection(town, transport, name, WEBSOCKET)
    task = asyncio.create_task(connection.run())
    town.stack.push_async_callback(asyncio.wait_for, task, 5)
    for frame in (OPEN, AUTH, OPEN, BIND):
        connection.receive(frame)
    async with asyncio.timeout(5):
        while connection.session is None:
            await asyncio.sleep(0)
    return connection
