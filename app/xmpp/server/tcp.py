"""RFC 6120 3: streams over TCP, with STARTTLS on one port and TLS from the start on another."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from dataclasses import dataclass
from typing import Final, cast

import structlog

from app.protocol.tcp import TCP, XmlReader
from app.xmpp.server.certificate import Certificate, context_of
from app.xmpp.server.clients import Clients
from app.xmpp.server.connection import Connection
from app.xmpp.server.gateway import Gateway
from app.xmpp.server.limits import CLOSE_TIMEOUT_S, PING_AFTER_S, PONG_WITHIN_S, TLS_HANDSHAKE_S

log = structlog.get_logger()

#: Seconds between two looks whether the certificate was renewed.
RENEWAL_EVERY_S: Final = 60.0
#: Probes that a peer may leave unanswered before its connection is taken for dead.
PROBES: Final = 3


@dataclass(frozen=True, slots=True)
class TcpPorts:
    """Where clients are awaited: None is nowhere, 0 any free port."""

    starttls: int | None = None
    direct: int | None = None
    #: PEM files; "" for the self-signed certificate.
    certificate: str = ""
    key: str = ""

    @property
    def is_wanted(self) -> bool:
        """Whether there is any port."""
        return self.starttls is not None or self.direct is not None


class TcpClient(asyncio.Protocol):
    """One TCP connection as a `Transport`, pumped into a `Connection`."""

    def __init__(self, server: TcpServer, *, is_secure: bool) -> None:
        self._server = server
        self._socket: asyncio.Transport | None = None
        self._connection: Connection | None = None
        self.is_secure = is_secure
        self.address, self.port = "", 0

    @property
    def kind(self) -> str:
        """Whether what it carries is encrypted."""
        return "tcp_tls" if self.is_secure else "tcp"

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The client is served from now on."""
        self._socket = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        if peer:
            self.address, self.port = str(peer[0]), int(peer[1])
        keep_alive(transport.get_extra_info("socket"))
        gateway = self._server.gateway
        self._connection = Connection(gateway, self, None, gateway.new_stream(TCP), XmlReader())
        self._server.clients.serve(self._connection)

    def data_received(self, data: bytes) -> None:
        """The octets are dealt with after those before them."""
        assert self._connection is not None, "data follow the connection"
        self._connection.receive(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection ends after what it has received."""
        if self._connection is not None:
            self._connection.lost()

    # What the connection asks.

    def send(self, text: str) -> None:
        """The text is queued."""
        assert self._socket is not None, "a connection has a socket"
        self._socket.write(text.encode())

    def unsent_bytes(self) -> int:
        """How much is queued and not yet taken by the network."""
        assert self._socket is not None, "a connection has a socket"
        return int(self._socket.get_write_buffer_size())

    def pause_reading(self) -> None:
        """No more octets come."""
        if self._socket is not None and not self._socket.is_closing():
            self._socket.pause_reading()

    def resume_reading(self) -> None:
        """Octets come again."""
        if self._socket is not None and not self._socket.is_closing():
            self._socket.resume_reading()

    def close(self, code: int) -> None:
        """The connection ends after what is queued; a client that does not read it is cut off."""
        assert self._socket is not None, "a connection has a socket"
        self._socket.close()
        asyncio.get_running_loop().call_later(CLOSE_TIMEOUT_S, self.abort)

    def abort(self) -> None:
        """The socket is closed at once."""
        if self._socket is not None:
            self._socket.abort()

    async def start_tls(self) -> None:
        """RFC 6120 5.4.3: what follows is encrypted. Raises OSError."""
        assert self._socket is not None, "a connection has a socket"
        secured = await asyncio.get_running_loop().start_tls(
            self._socket,
            self,
            self._server.starttls_context,
            server_side=True,
            ssl_handshake_timeout=TLS_HANDSHAKE_S,
        )
        if secured is None:
            raise OSError("the client went away during the handshake")
        self._socket = secured
        self.is_secure = True


class TcpServer:
    """The listening ports."""

    def __init__(self, gateway: Gateway, clients: Clients, certificate: Certificate) -> None:
        self.gateway = gateway
        self.clients = clients
        self.starttls_context = context_of(certificate)
        self._direct_context = context_of(certificate, alpn=True)
        self._certificate = certificate
        self._changed_at = certificate.changed_at()
        self._servers: list[asyncio.Server] = []

    async def start(self, host: str, ports: TcpPorts) -> tuple[int | None, int | None]:
        """Clients are accepted; gives the ports of STARTTLS and of direct TLS."""
        starttls = await self._listen(host, ports.starttls, None)
        direct = await self._listen(host, ports.direct, self._direct_context)
        self.gateway.every(RENEWAL_EVERY_S, self.take_up_renewal, "certificate")
        return starttls, direct

    def stop_listening(self) -> None:
        """No more clients are accepted."""
        for server in self._servers:
            server.close()

    async def take_up_renewal(self) -> None:
        """Clients that come from now on are shown the certificate as it is on disk."""
        with contextlib.suppress(FileNotFoundError):  # between two steps of a renewal
            changed_at = self._certificate.changed_at()
            if changed_at == self._changed_at:
                return
            for context in (self.starttls_context, self._direct_context):
                context.load_cert_chain(self._certificate.chain, self._certificate.key)
            self._changed_at = changed_at
            log.info("gateway.certificate_renewed")

    async def _listen(
        self, host: str, port: int | None, context: ssl.SSLContext | None
    ) -> int | None:
        if port is None:
            return None
        server = await asyncio.get_running_loop().create_server(
            lambda: TcpClient(self, is_secure=context is not None),
            host,
            port,
            backlog=1024,
            ssl=context,
            ssl_handshake_timeout=TLS_HANDSHAKE_S if context else None,
        )
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])


def keep_alive(connected: socket.socket | None) -> None:
    """RFC 6120 4.6.1: a peer that vanished is noticed, though nothing is sent to it."""
    if connected is None:
        return
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    options = {
        "TCP_KEEPIDLE": int(PING_AFTER_S),
        "TCP_KEEPINTVL": int(PONG_WITHIN_S) // PROBES,
        "TCP_KEEPCNT": PROBES,
    }
    for name, value in options.items():
        # Not every system has each of them.
        if hasattr(socket, name):
            connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
