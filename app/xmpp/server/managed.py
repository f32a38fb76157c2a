"""XEP-0198 on one session: what is written to it is kept until the client says that it has it.

While the socket is gone the session stays bound and available; stanzas wait in the ledger for
the client to come back, here (`attach`) or on another node (`resumption.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from app.protocol.sm import REQUEST, Ledger
from app.xmpp.server.limits import (
    ACK_EVERY_STANZAS,
    ACK_SOON_S,
    ACK_WITHIN_S,
    DETACHED_BYTES,
    DETACHED_STANZAS,
    UNACKED_BYTES,
    UNACKED_STANZAS,
)

if TYPE_CHECKING:
    from app.xmpp.server.connection import Connection
    from app.xmpp.session import Session

log = structlog.get_logger()


class Managed:
    """The outlet of a managed session. `id` is "" for one that cannot be resumed."""

    __slots__ = (
        "_asked",
        "_end",
        "_is_asking",
        "_timer",
        "connection",
        "id",
        "ledger",
        "max_s",
        "session",
    )

    def __init__(
        self,
        session: Session,
        connection: Connection | None,
        *,
        id: str,
        max_s: int,
        end: Callable[[Managed], None],
        ledger: Ledger | None = None,
    ) -> None:
        self.session = session
        self.connection = connection
        self.id = id
        self.max_s = max_s
        self.ledger = Ledger() if ledger is None else ledger
        #: The session is over for good: nobody came back, or too much waits for the client.
        self._end = end
        #: Stanzas since the client was last asked.
        self._asked = 0
        self._is_asking = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_attached(self) -> bool:
        """Whether there is a socket."""
        return self.connection is not None

    @property
    def sent_count(self) -> int:
        """4: the number of the last stanza that was sent, which the client will acknowledge."""
        return self.ledger.sent

    def send(self, text: str) -> None:
        """The stanza is kept, and queued for the client if there is one."""
        loop = asyncio.get_running_loop()
        ledger = self.ledger
        ledger.push(text, loop.time())
        connection = self.connection
        if connection is None:
            if len(ledger) > DETACHED_STANZAS or ledger.held_bytes > DETACHED_BYTES:
                log.info("gateway.detached_session_full", jid=str(self.session.jid))
                self.finish()
            return
        connection.send(text)
        self._asked += 1
        if self._asked >= ACK_EVERY_STANZAS:
            self._ask()
            if len(ledger) > UNACKED_STANZAS or ledger.held_bytes > UNACKED_BYTES:
                connection.close("policy-violation", "Too many stanzas were not acknowledged.")
        elif self._timer is None:
            self._timer = loop.call_later(ACK_SOON_S, self._on_timer)

    def close(self, condition: str, text: str | None = None) -> None:
        """The stream ends with an error, and the session with it."""
        if self.connection is not None:
            self.connection.close(condition, text)
        else:
            self.finish()

    def acknowledge(self, h: int) -> None:
        """4: the client has everything up to `h`. Raises StreamError for more than was sent."""
        self.ledger.ack(h)
        self._is_asking = False

    def detach(self) -> None:
        """The socket is gone; the session is over unless the client comes back within `max_s`."""
        self.connection = None
        self._set_timer(self.max_s, self.finish)

    def attach(self, connection: Connection) -> None:
        """The client is back."""
        self.connection = connection
        self._set_timer(None, None)
        self._is_asking = False

    def replay(self) -> None:
        """5: what the client has not acknowledged is written again, as it was."""
        assert self.connection is not None, "replayed to the client that came back"
        for sent in self.ledger.unacked():
            self.connection.send(sent.text)
        if len(self.ledger):
            self._ask()

    def retire(self) -> None:
        """Nothing more happens by itself."""
        self._set_timer(None, None)

    def finish(self) -> None:
        """The session is over for everybody."""
        self.retire()
        self._end(self)

    def _on_timer(self) -> None:
        self._timer = None
        if self.connection is None or not len(self.ledger):
            return
        if self._is_asking:
            # 4: a client that does not answer is not there any more; it may come back.
            self.connection.drop()
            return
        self._ask()

    def _ask(self) -> None:
        assert self.connection is not None, "asked of a client that is there"
        self._asked = 0
        self.connection.send(REQUEST)
        if not self._is_asking:
            self._is_asking = True
            self._set_timer(ACK_WITHIN_S, self._on_timer)

    def _set_timer(self, after_s: float | None, work: Callable[[], None] | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if after_s is not None and work is not None:
            self._timer = asyncio.get_running_loop().call_later(after_s, work)
