"""One client: its stream, its login, its session, and the frames that wait.

The socket library is behind `Transport`, so the rest of the gateway does not know it. Frames
are dealt with one after another in the order of their coming; stanzas of one client are
therefore delivered in order (RFC 6120 10.1).
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Protocol

import structlog

from app.protocol.element import Element
from app.protocol.errors import StanzaError, StreamError
from app.protocol.stream import (
    AuthAborted,
    AuthMalformed,
    AuthRequested,
    AuthResponded,
    BindRequested,
    Closed,
    Opened,
    OtherReceived,
    StanzaReceived,
    Stream,
    StreamEvent,
)
from app.xmpp.server.limits import LOGIN_ATTEMPTS, LOGIN_TIMEOUT_S, QUEUED_FRAMES, UNSENT_BYTES
from app.xmpp.session import Session

if TYPE_CHECKING:
    from app.core.tokens import ChatClaims
    from app.xmpp.server.gateway import Gateway
    from app.xmpp.server.login import Login

log = structlog.get_logger()

#: RFC 6455 7.4.1.
NORMAL_CLOSURE = 1000


class Transport(Protocol):
    """A socket that carries messages."""

    def send(self, text: str) -> None:
        """The message is queued."""

    def unsent_bytes(self) -> int:
        """How much is queued and not yet taken by the network."""

    def pause_reading(self) -> None:
        """No more frames come."""

    def resume_reading(self) -> None:
        """Frames come again."""

    def close(self, code: int) -> None:
        """The closing handshake has begun after what is queued; it ends by itself."""

    def abort(self) -> None:
        """The socket is closed at once."""


class Connection:
    """One client from the upgrade to the end."""

    def __init__(self, gateway: Gateway, transport: Transport, cookie: ChatClaims | None) -> None:
        self._gateway = gateway
        self._transport = transport
        self._cookie = cookie
        self._stream = gateway.new_stream()
        self._login: Login | None = None
        self._frames: deque[str] = deque()
        self._has_frames = asyncio.Event()
        self._is_paused = False
        self._is_over = False
        self.session: Session | None = None

    @property
    def stream(self) -> Stream:
        """How far the client has come."""
        return self._stream

    def receive(self, text: str) -> None:
        """The frame is dealt with after those before it."""
        if self._is_over:
            return
        self._frames.append(text)
        self._has_frames.set()
        if len(self._frames) > QUEUED_FRAMES and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()

    def lost(self) -> None:
        """The socket is gone: what was received before is still dealt with."""
        self._is_over = True
        self._has_frames.set()

    async def run(self) -> None:
        """The client is served until the end; then its session is over."""
        timer = asyncio.get_running_loop().call_later(LOGIN_TIMEOUT_S, self._login_is_late)
        try:
            while (text := await self._next_frame()) is not None:
                await self._take(text)
        finally:
            timer.cancel()
            self._is_over = True
            if self.session is not None:
                await self._gateway.unbind(self.session)

    def send(self, text: str) -> None:
        """The text is queued for the client; a client that reads too slowly is cut off."""
        if self._is_over:
            return
        if self._transport.unsent_bytes() > UNSENT_BYTES:
            log.info("gateway.slow_client", jid=str(self.session and self.session.jid))
            self._end()
            self._transport.abort()
            return
        self._transport.send(text)

    def close(self, condition: str, text: str | None = None) -> None:
        """RFC 6120 4.9.1: the stream ends with an error."""
        self._fail(StreamError(condition, text))

    async def _next_frame(self) -> str | None:
        while not self._frames:
            if self._is_over:
                return None
            self._has_frames.clear()
            await self._has_frames.wait()
        text = self._frames.popleft()
        if self._is_paused and len(self._frames) <= QUEUED_FRAMES // 4:
            self._is_paused = False
            self._transport.resume_reading()
        return text

    async def _take(self, text: str) -> None:
        try:
            await self._deal_with(self._stream.receive(text))
        except StreamError as error:
            self._fail(error)
        except Exception:
            # An edge of the process: whatever fails outside of a stanza ends one stream only.
            log.exception("gateway.failed", jid=str(self.session and self.session.jid))
            self._fail(StreamError("internal-server-error"))

    async def _deal_with(self, event: StreamEvent) -> None:
        match event:
            case StanzaReceived(stanza):
                await self._take_stanza(stanza)
            case Opened():
                self._open(event)
            case AuthRequested() | AuthResponded() | AuthAborted() | AuthMalformed():
                await self._authenticate(event)
            case BindRequested():
                await self._bind(event)
            case Closed():
                self._finish(self._stream.close())
            case OtherReceived():
                # No extension of this server takes elements of its own yet: RFC 6120 4.9.3.24.
                raise StreamError("unsupported-stanza-type")

    async def _take_stanza(self, stanza: Element) -> None:
        assert self.session is not None, "stanzas flow after bind"
        try:
            await self._gateway.inbound.take(self.session, stanza)
        except StreamError:
            raise
        except Exception:
            # An edge of the process: a database that is away costs the client one stanza, which
            # it is told to send again (RFC 6120 8.3.3.6), and not its stream.
            log.exception("gateway.stanza_failed", jid=str(self.session.jid), id=stanza.get("id"))
            error = StanzaError("internal-server-error", "wait")
            await self._gateway.router.refuse(stanza, self.session.jid, error, self.session)

    def _open(self, event: Opened) -> None:
        if not self._gateway.serves(event.to):
            raise StreamError("host-unknown")
        if event.is_authenticated:
            if event.to != self._stream.domain:
                raise StreamError("host-unknown")
            self._send_all(self._stream.offer(self._gateway.session_features()))
            return
        self._stream.domain = event.to
        self._login = self._gateway.new_login(self._stream, self._cookie)
        self._send_all(self._stream.offer([self._login.feature()]))

    async def _authenticate(
        self, event: AuthRequested | AuthResponded | AuthAborted | AuthMalformed
    ) -> None:
        assert self._login is not None, "mechanisms are offered after <open/>"
        self.send(await self._login.answer(event))
        if self._login.failures >= LOGIN_ATTEMPTS:
            raise StreamError("policy-violation", "Too many wrong logins.")

    async def _bind(self, event: BindRequested) -> None:
        assert self._login is not None and self._login.identity is not None, "binding follows login"
        session = await self._gateway.bind(self._login.identity, event.resource, self)
        if self._is_over:
            # The socket went while the directory was told.
            await self._gateway.unbind(session)
            return
        self.session = session
        self.send(self._stream.bound(event, session.jid))
        await self._gateway.greet(session)

    def _send_all(self, texts: list[str]) -> None:
        for text in texts:
            self.send(text)

    def _login_is_late(self) -> None:
        if self.session is None:
            self._fail(StreamError("connection-timeout"))

    def _fail(self, error: StreamError) -> None:
        self._finish(self._stream.fail(error))

    def _finish(self, texts: list[str]) -> None:
        if not self._is_over:
            self._send_all(texts)
            self._transport.close(NORMAL_CLOSURE)
            self._end()

    def _end(self) -> None:
        """Nothing more is read or served; `run` ends with the frame at hand."""
        self._is_over = True
        self._frames.clear()
        self._has_frames.set()
