"""RFC 7395 over picows: frames in, text out, and small HTTP answers on the same port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, cast

from picows import (
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)

from app.core.tokens import ChatClaims
from app.protocol.xmlio import MAX_STANZA_BYTES
from app.xmpp.server.clients import Clients
from app.xmpp.server.connection import Connection
from app.xmpp.server.gateway import Gateway
from app.xmpp.server.limits import CLOSE_TIMEOUT_S, PING_AFTER_S, PONG_WITHIN_S, UPGRADE_S
from app.xmpp.server.upgrade import PATH, SUBPROTOCOL, Refused, admit, client_address

#: picows cuts the connection above; between this and MAX_STANZA_BYTES a stream error explains.
MAX_FRAME_BYTES: Final = MAX_STANZA_BYTES * 2
#: Where a connection's reading begins; longer frames make it grow. Most stanzas are shorter.
READ_BUFFER_BYTES: Final = 2048
HEALTH_PATH: Final = "/health"

#: What `/health` says: whether all is well, and the figures.
Health = Callable[[], tuple[bool, bytes]]


class SocketTransport:
    """One WebSocket as a `Transport`."""

    __slots__ = ("_socket", "address", "port")

    kind = "websocket"

    #: TLS, if any, ends at the proxy before us.
    is_secure = True

    def __init__(self, socket: WSTransport, address: str, port: int = 0) -> None:
        self._socket = socket
        self.address = address
        self.port = port

    def send(self, text: str) -> None:
        """The message is queued."""
        self._socket.send(WSMsgType.TEXT, text.encode())

    def unsent_bytes(self) -> int:
        """How much is queued and not yet taken by the network."""
        return int(self._socket.underlying_transport.get_write_buffer_size())

    def pause_reading(self) -> None:
        """No more frames come, but for those already read."""
        cast(asyncio.ReadTransport, self._socket.underlying_transport).pause_reading()

    def resume_reading(self) -> None:
        """Frames come again."""
        if not self._socket.is_disconnected:
            cast(asyncio.ReadTransport, self._socket.underlying_transport).resume_reading()

    def close(self, code: int) -> None:
        """The closing handshake has begun; a client that does not answer is cut off."""
        self._socket.send_close(WSCloseCode(code))
        asyncio.get_running_loop().call_later(CLOSE_TIMEOUT_S, self._socket.disconnect, False)

    def abort(self) -> None:
        """The socket is closed at once."""
        self._socket.disconnect(False)

    async def start_tls(self) -> None:
        """RFC 7395 3.9: there is no STARTTLS here, and it is never offered."""
        raise OSError("no TLS within a WebSocket")


class StreamListener(WSListener):
    """One client's WebSocket, pumped into a `Connection`."""

    def __init__(self, server: WebSocketServer, cookie: ChatClaims | None, forwarded: str) -> None:
        super().__init__()
        self._forwarded = forwarded
        self._server = server
        self._cookie = cookie
        self._connection: Connection | None = None
        self._parts: list[bytes] = []

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The client is served from now on."""
        peer = transport.underlying_transport.get_extra_info("peername")
        address = client_address(peer, self._forwarded)
        # The port that a proxy has is not the client's.
        port = int(peer[1]) if peer and peer[0] == address else 0
        socket = SocketTransport(transport, address, port)
        connection = Connection(self._server.gateway, socket, self._cookie)
        self._connection = connection
        self._server.clients.serve(connection)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The connection ends after what it has received."""
        if self._connection is not None:
            self._connection.lost()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """RFC 7395 3.2: messages are text; fragments are put together within the limit."""
        assert self._connection is not None, "frames follow the handshake"
        kind = frame.msg_type
        if kind == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code() or WSCloseCode.OK)
            transport.disconnect()
        elif kind == WSMsgType.TEXT or (kind == WSMsgType.CONTINUATION and self._parts):
            self._take_text(transport, frame)
        elif kind in {WSMsgType.BINARY, WSMsgType.CONTINUATION}:
            # RFC 6455 7.4.1: 1003 is for data of a type that cannot be taken.
            transport.send_close(WSCloseCode.UNSUPPORTED_DATA)
            transport.disconnect()

    def _take_text(self, transport: WSTransport, frame: WSFrame) -> None:
        assert self._connection is not None, "frames follow the handshake"
        part = frame.get_payload_as_bytes()
        if not frame.fin or self._parts:
            self._parts.append(part)
            if sum(map(len, self._parts)) > MAX_FRAME_BYTES:
                self._parts.clear()
                self._connection.close("policy-violation", "The message is too long.")
                return
            if not frame.fin:
                return
            part = b"".join(self._parts)
            self._parts.clear()
        try:
            text = part.decode()
        except UnicodeDecodeError:
            transport.send_close(WSCloseCode.INVALID_TEXT)
            transport.disconnect()
            return
        self._connection.receive(text)


class WebSocketServer:
    """The listening port and the clients on it."""

    def __init__(self, gateway: Gateway, clients: Clients, health: Health) -> None:
        self.gateway = gateway
        self.clients = clients
        self._health = health
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Clients are accepted; gives the port, which is chosen when `port` is 0."""
        self._server = await ws_create_server(
            self._upgrade,
            host,
            port,
            max_frame_size=MAX_FRAME_BYTES,
            read_buffer_init_size=READ_BUFFER_BYTES,
            enable_auto_ping=True,
            auto_ping_idle_timeout=PING_AFTER_S,
            auto_ping_reply_timeout=PONG_WITHIN_S,
            websocket_handshake_timeout=UPGRADE_S,
            backlog=1024,
        )
        return int(self._server.sockets[0].getsockname()[1])

    def stop_listening(self) -> None:
        """No more clients are accepted."""
        if self._server is not None:
            self._server.close()

    def _upgrade(self, request: WSUpgradeRequest) -> Any:
        path = request.path.decode("latin-1").partition("?")[0]
        if path == HEALTH_PATH:
            is_well, body = self._health()
            status = HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE
            return _answer(status, body, {"Content-Type": "application/json"})
        if path.rstrip("/") != PATH:
            return _answer(HTTPStatus.NOT_FOUND, b"There is only /xmpp and /health here.\n")
        if request.headers.get("Upgrade", "").lower() != "websocket":
            headers = {"Upgrade": "websocket"}
            return _answer(HTTPStatus.UPGRADE_REQUIRED, b"Open a WebSocket here.\n", headers)
        decision = admit(self.gateway.services.config, request.headers, self.gateway.serves)
        if isinstance(decision, Refused):
            return _answer(decision.status, f"{decision.reason}\n".encode())
        response = WSUpgradeResponse.create_101_response({"Sec-WebSocket-Protocol": SUBPROTOCOL})
        forwarded = request.headers.get("X-Forwarded-For", "")
        listener = StreamListener(self, decision.cookie, forwarded)
        return WSUpgradeResponseWithListener(response, listener)


def _answer(status: HTTPStatus, body: bytes, headers: dict[str, str] | None = None) -> Any:
    if status is HTTPStatus.OK:
        response = WSUpgradeResponse.create_ok_response(body, headers)
    else:
        response = WSUpgradeResponse.create_error_response(status, body, headers)
    return WSUpgradeResponseWithListener(response, None)
