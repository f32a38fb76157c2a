"""XEP-0198: counting stanzas both ways, and keeping those that the client may not have.

A ledger holds the very texts that were written to the socket: nothing is serialised for it,
and what must be sent again is written as it was.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple
from xml.sax.saxutils import quoteattr

from app.protocol import ns
from app.protocol.element import Element, make
from app.protocol.errors import StreamError
from app.protocol.number import read_number

#: 4: counters are of 32 bits and go on at zero.
MODULUS: Final = 2**32
REQUEST: Final = f"<r xmlns='{ns.STREAM_MANAGEMENT}'/>"

ENABLE: Final = f"{{{ns.STREAM_MANAGEMENT}}}enable"
RESUME: Final = f"{{{ns.STREAM_MANAGEMENT}}}resume"
ASK: Final = f"{{{ns.STREAM_MANAGEMENT}}}r"
ANSWER: Final = f"{{{ns.STREAM_MANAGEMENT}}}a"


class Sent(NamedTuple):
    """A stanza as it went out, and when by the clock of whoever keeps the ledger."""

    text: str
    at_s: float


class Ledger:
    """What came and was dealt with, and what went and was not yet acknowledged."""

    __slots__ = ("_queue", "acked", "handled", "held_bytes")

    def __init__(self, *, handled: int = 0, acked: int = 0) -> None:
        #: Stanzas of the client that were dealt with, modulo MODULUS.
        self.handled = handled
        #: The client's last `h`.
        self.acked = acked
        #: Memory that the unacknowledged stanzas take.
        self.held_bytes = 0
        self._queue: deque[Sent] = deque()

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def sent(self) -> int:
        """The number of the last stanza that went out, modulo MODULUS."""
        return (self.acked + len(self._queue)) % MODULUS

    def push(self, text: str, at_s: float) -> None:
        """One more stanza went out."""
        self._queue.append(Sent(text, at_s))
        self.held_bytes += text.__sizeof__()

    def took(self) -> None:
        """One more stanza of the client was dealt with."""
        self.handled = (self.handled + 1) % MODULUS

    def ack(self, h: int) -> None:
        """4: the client has everything up to `h`. Raises StreamError for more than was sent."""
        count = (h - self.acked) % MODULUS
        if count > len(self._queue):
            raise self._too_high(h)
        for _ in range(count):
            self.held_bytes -= self._queue.popleft().text.__sizeof__()
        self.acked = h

    def unacked(self) -> list[Sent]:
        """What the client may not have, oldest first."""
        return list(self._queue)

    def _too_high(self, h: int) -> StreamError:
        """4: `<handled-count-too-high/>` in undefined-condition."""
        sent = self.sent
        detail = make(
            "handled-count-too-high",
            ns.STREAM_MANAGEMENT,
            {"h": str(h), "send-count": str(sent)},
        )
        text = f"You acknowledged {h} stanzas, and {sent} were sent."
        return StreamError("undefined-condition", text, detail=detail)


def read_h(element: Element) -> int:
    """The count of `<a/>` and `<resume/>`. Raises StreamError for none (RFC 6120 4.9.3.11)."""
    h = read_number(element.get("h"), MODULUS - 1)
    if h is None:
        raise StreamError("invalid-xml", "h is a number of 32 bits.")
    return h


def wants_resumption(enable: Element) -> bool:
    """3: whether `<enable/>` asks for resumption."""
    return enable.get("resume") in {"true", "1"}


def read_max_s(enable: Element, most_s: int) -> int:
    """3: for how long the client wishes to be waited for, within ours."""
    wanted_s = read_number(enable.get("max"), most_s)
    return most_s if wanted_s is None else wanted_s


def answer_text(handled: int) -> str:
    """4: `<a/>`."""
    return f"<a xmlns='{ns.STREAM_MANAGEMENT}' h='{handled}'/>"


def enabled_text(id: str, max_s: int) -> str:
    """3: `<enabled/>`, with the id to resume by unless it is empty."""
    if not id:
        return f"<enabled xmlns='{ns.STREAM_MANAGEMENT}'/>"
    return (
        f"<enabled xmlns='{ns.STREAM_MANAGEMENT}' id={quoteattr(id)} resume='true' max='{max_s}'/>"
    )


def resumed_text(id: str, handled: int) -> str:
    """5: `<resumed/>`."""
    return f"<resumed xmlns='{ns.STREAM_MANAGEMENT}' previd={quoteattr(id)} h='{handled}'/>"


def failed_text(condition: str, handled: int | None = None) -> str:
    """3, 5: `<failed/>`, with what was handled where it is still known."""
    h = "" if handled is None else f" h='{handled}'"
    return f"<failed xmlns='{ns.STREAM_MANAGEMENT}'{h}><{condition} xmlns='{ns.STANZAS}'/></failed>"


def feature() -> Element:
    """2: the stream feature."""
    return make("sm", ns.STREAM_MANAGEMENT)
