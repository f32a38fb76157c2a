"""One client: its stream, its login, its session, and the frames that wait.

The socket library is behind `Transport`, so the rest of the gateway does not know it. Frames
are dealt with one after another in the order of their coming; stanzas of one client are
therefore delivered in order (RFC 6120 10.1). What comes before stanzas flow is in
`negotiation.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

import structlog

from app.protocol import sm
from app.protocol.element import Element
from app.protocol.errors import StanzaError, StreamError
from app.protocol.stream import Closed, OtherReceived, StanzaReceived, Stream, StreamEvent
from app.protocol.xmlio import parse
from app.xmpp.hooks import ElementFromSession, StanzasAcked
from app.xmpp.server import negotiation
from app.xmpp.server.limits import (
    ELEMENTS_BEFORE_SESSION,
    HAND_OVER_S,
    LOGIN_TIMEOUT_S,
    QUEUED_BYTES,
    QUEUED_FRAMES,
    STANZAS_AT_ONCE,
    STANZAS_PER_S,
    UNSENT_BYTES,
)
from app.xmpp.server.managed import Managed
from app.xmpp.session import Session

if TYPE_CHECKING:
    from app.core.tokens import ChatClaims
    from app.xmpp.server.gateway import Gateway
    from app.xmpp.server.login import Login

log = structlog.get_logger()

#: What a socket gives at once: a message of text, or a segment of bytes.
Frame = str | bytes
#: RFC 6455 7.4.1.
NORMAL_CLOSURE = 1000


class Transport(Protocol):
    """A socket that carries messages."""

    #: The client's network address, "" for an unknown one, and its port there, or 0.
    address: str
    port: int
    #: Whether nobody on the way can read along, as far as the server can know.
    is_secure: bool

    @property
    def kind(self) -> str:
        """How the client is connected, for administrators."""

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

    async def start_tls(self) -> None:
        """RFC 6120 5.4.3: what follows is encrypted. Raises OSError."""


class Reader(Protocol):
    """What finds the elements in what a socket gives."""

    def elements(self, frame: Frame) -> Iterator[Element]:
        """The elements that are whole by now. Raises StreamError."""

    def reset(self) -> None:
        """A new stream begins with what comes next."""

    def forget(self) -> None:
        """What was read and not yet understood is thrown away (RFC 6120 5.4.3.3)."""


class Documents:
    """RFC 7395 3.3.1: every WebSocket message is one element."""

    def elements(self, frame: Frame) -> Iterator[Element]:
        """The element. Raises StreamError."""
        yield parse(frame if isinstance(frame, str) else frame.decode())

    def reset(self) -> None:
        """Every message is a document of its own."""

    def forget(self) -> None:
        """Nothing waits between messages."""


class Connection:
    """One client from the upgrade to the end.

    Most clients are idle: what only a busy one needs is not there until then.
    """

    __slots__ = (
        "_counted_at_s",
        "_ended",
        "_frames",
        "_is_over",
        "_is_paused",
        "_late",
        "_may_resume",
        "_queued_bytes",
        "_tokens",
        "_wanted",
        "cookie",
        "gateway",
        "login",
        "managed",
        "reader",
        "session",
        "stream",
        "transport",
    )

    def __init__(
        self,
        gateway: Gateway,
        transport: Transport,
        cookie: ChatClaims | None,
        stream: Stream | None = None,
        reader: Reader | None = None,
    ) -> None:
        self.gateway = gateway
        self.transport = transport
        self.cookie = cookie
        self.stream = stream or gateway.new_stream()
        self.reader = reader or Documents()
        self.login: Login | None = None
        self.session: Session | None = None
        self.managed: Managed | None = None
        #: Short (QUEUED_FRAMES), and empty nearly always: a list is a tenth of a deque.
        self._frames: list[Frame] = []
        #: Waits for the next frame, or for the end.
        self._wanted: asyncio.Future[None] | None = None
        self._queued_bytes = 0
        self._is_paused = False
        self._is_over = False
        #: Whether a managed session waits for the client when this connection ends.
        self._may_resume = True
        #: Waits for the end of `run`.
        self._ended: asyncio.Future[None] | None = None
        self._late: asyncio.TimerHandle | None = None
        self._tokens = float(ELEMENTS_BEFORE_SESSION)
        self._counted_at_s = 0.0

    @property
    def is_over(self) -> bool:
        """Whether nothing more is read or written."""
        return self._is_over

    @property
    def is_busy(self) -> bool:
        """Whether it is doing anything but waiting for the client."""
        return self._wanted is None or self._wanted.done()

    def receive(self, frame: Frame) -> None:
        """The frame is dealt with after those before it."""
        if self._is_over:
            return
        self._frames.append(frame)
        self._queued_bytes += len(frame)
        self._wake()
        is_full = len(self._frames) > QUEUED_FRAMES or self._queued_bytes > QUEUED_BYTES
        if is_full and not self._is_paused:
            self._is_paused = True
            self.transport.pause_reading()

    def lost(self) -> None:
        """The socket is gone: what was received before is still dealt with."""
        self._is_over = True
        self._wake()

    async def run(self) -> None:
        """The client is served until the end; then its session is over, or waits for it."""
        loop = asyncio.get_running_loop()
        self._late = loop.call_later(LOGIN_TIMEOUT_S, self._login_is_late)
        self._ended = loop.create_future()
        try:
            while (frame := await self._next_frame()) is not None:
                await self._take(frame)
        finally:
            self._is_in_time()
            self._is_over = True
            session, self.session = self.session, None
            self._ended.set_result(None)
            if session is not None:
                await self.gateway.release(session, self, may_resume=self._may_resume)

    def send(self, text: str) -> None:
        """The text is queued for the client; a client that reads too slowly is cut off."""
        if self._is_over:
            return
        if self.transport.unsent_bytes() > UNSENT_BYTES:
            log.info("gateway.slow_client", jid=str(self.session and self.session.jid))
            self._may_resume = False
            for last in self.stream.fail(
                StreamError("resource-constraint", "You read too slowly.")
            ):
                self.transport.send(last)
            self._end()
            self.transport.close(NORMAL_CLOSURE)
            return
        self.transport.send(text)

    def send_all(self, texts: list[str]) -> None:
        """Every text is queued."""
        for text in texts:
            self.send(text)

    def close(self, condition: str, text: str | None = None) -> None:
        """RFC 6120 4.9.1: the stream ends with an error, and its session with it."""
        self.fail(StreamError(condition, text))

    def fail(self, error: StreamError) -> None:
        """The stream ends with this error, and its session with it."""
        self._may_resume = False
        self._finish(self.stream.fail(error))

    def dismiss(self, see_other: str = "") -> None:
        """The node stops. The client is told where to go instead, where that is known."""
        if see_other and self.stream.is_open:
            self._finish(self.stream.close(see_other))
        else:
            self._finish(self.stream.fail(StreamError("system-shutdown")))

    def drop(self) -> None:
        """The socket is taken for dead; a managed session waits for its client."""
        self.transport.abort()
        self.lost()

    async def surrender(self) -> None:
        """XEP-0198 5: another connection has the session; here nothing more is done with it."""
        self.managed = None
        self._finish(self.stream.fail(StreamError("conflict", "The session was resumed.")))
        # A stanza at hand is dealt with and counted first, or the client would send it again.
        assert self._ended is not None, "its session came by it"
        await asyncio.wait_for(asyncio.shield(self._ended), HAND_OVER_S)

    def forget_frames(self) -> None:
        """RFC 6120 5.4.3.3: what came in the clear along with `<starttls/>` is not believed."""
        self._frames.clear()
        self._queued_bytes = 0
        self.reader.forget()
        self.reader.reset()

    def adopt(self, session: Session) -> None:
        """The session's stanzas come by this connection."""
        self.session = session
        self._is_in_time()
        self._tokens = float(STANZAS_AT_ONCE)
        self._counted_at_s = asyncio.get_running_loop().time()

    async def _next_frame(self) -> Frame | None:
        while not self._frames:
            if self._is_over:
                return None
            self._wanted = asyncio.get_running_loop().create_future()
            await self._wanted
            self._wanted = None
        frame = self._frames.pop(0)
        self._queued_bytes -= len(frame)
        if self._is_paused and len(self._frames) <= QUEUED_FRAMES // 4:
            self._is_paused = False
            self.transport.resume_reading()
        return frame

    async def _take(self, frame: Frame) -> None:
        try:
            for element in self.reader.elements(frame):
                self._count()
                await self._deal_with(self.stream.take(element))
                if self.stream.is_closed:
                    return
        except StreamError as error:
            self.fail(error)
        except Exception:
            # An edge of the process: whatever fails outside of a stanza ends one stream only.
            log.exception("gateway.failed", jid=str(self.session and self.session.jid))
            self.fail(StreamError("internal-server-error"))

    def _count(self) -> None:
        """Raises policy-violation (RFC 6120 4.9.3.14) for more than a client may send."""
        if self.session is not None:
            now_s = asyncio.get_running_loop().time()
            earned = (now_s - self._counted_at_s) * STANZAS_PER_S
            self._tokens = min(float(STANZAS_AT_ONCE), self._tokens + earned)
            self._counted_at_s = now_s
        self._tokens -= 1
        if self._tokens < 0:
            raise StreamError("policy-violation", "That is too much at once. Send more slowly.")

    async def _deal_with(self, event: StreamEvent) -> None:
        if isinstance(event, StanzaReceived):
            await self._take_stanza(event.stanza)
        elif isinstance(event, Closed):
            self._may_resume = False
            self._finish(self.stream.close())
        elif isinstance(event, OtherReceived) and self.session is not None:
            await self._take_element(self.session, event.element)
        else:
            await negotiation.deal_with(self, event)

    async def _take_stanza(self, stanza: Element) -> None:
        session, managed = self.session, self.managed
        assert session is not None, "stanzas flow after bind"
        try:
            await self.gateway.inbound.take(session, stanza)
        except StreamError:
            raise
        except Exception:
            # An edge of the process: a database that is away costs the client one stanza, which
            # it is told to send again (RFC 6120 8.3.3.6), and not its stream.
            log.exception("gateway.stanza_failed", jid=str(session.jid), id=stanza.get("id"))
            error = StanzaError("internal-server-error", "wait")
            await self.gateway.router.refuse(stanza, session.jid, error, session)
        if managed is not None:
            managed.ledger.took()

    async def _take_element(self, session: Session, element: Element) -> None:
        if self.managed is not None and element.tag == sm.ASK:
            self.send(sm.answer_text(self.managed.ledger.handled))
        elif self.managed is not None and element.tag == sm.ANSWER:
            self.managed.acknowledge(sm.read_h(element))
            await self.gateway.hooks.tell(StanzasAcked(session, self.managed.ledger.acked))
        elif element.tag in {sm.ENABLE, sm.RESUME}:
            await negotiation.manage(self, session, element)
        elif await self.gateway.hooks.run(ElementFromSession(session, element)) is None:
            raise StreamError("unsupported-stanza-type")

    def _wake(self) -> None:
        if self._wanted is not None and not self._wanted.done():
            self._wanted.set_result(None)

    def _is_in_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _login_is_late(self) -> None:
        if self.session is None:
            self.fail(StreamError("connection-timeout"))

    def _finish(self, texts: list[str]) -> None:
        if not self._is_over:
            self.send_all(texts)
            self.transport.close(NORMAL_CLOSURE)
            self._end()

    def _end(self) -> None:
        """Nothing more is read or served; `run` ends with the frame at hand."""
        self._is_over = True
        self._frames.clear()
        self._queued_bytes = 0
        self._wake()
