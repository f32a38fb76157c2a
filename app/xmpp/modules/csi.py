"""XEP-0352 Client State Indication: an inactive client is spared what can wait (4).

Presence and chat states are held, of each sender the last only; anything else goes through and
takes along what waits, so that nothing is out of order. What is held is of no worth once
the session is over.
"""

from __future__ import annotations

import re
from typing import Final

from app.protocol import ns
from app.protocol.element import Element, make, name_of, namespace_of
from app.xmpp.hooks import HANDLED, ElementFromSession, SessionParked, SessionResumed
from app.xmpp.module import Host, Implements
from app.xmpp.session import Session

IMPLEMENTS = Implements("XEP-0352", "1.0.0")

#: Senders whose presence is held at once; with more, everything held is sent.
MAX_HELD: Final = 500
#: The first tag of a stanza as the server writes it.
_HEAD: Final = re.compile(r"<(presence|message)\b([^>]*)>")
_FROM: Final = re.compile(r'\bfrom="([^"]*)"')
_TYPE: Final = re.compile(r'\btype="([^"]*)"')
#: Presence that is told, and not asked or answered (RFC 6121 3).
_TOLD: Final = frozenset({"", "unavailable"})


def setup(host: Host) -> None:
    host.stream_feature(lambda: make("csi", ns.CSI))
    host.bind2(ns.CSI, apply)
    host.on(ElementFromSession, switch)
    host.on(SessionResumed, wake)
    host.on(SessionParked, bring)


async def switch(event: ElementFromSession) -> object | None:
    """4.2: the client says that it is looked at, or that it is not."""
    if namespace_of(event.element) != ns.CSI:
        return None
    await apply(event.session, event.element)
    return HANDLED


async def apply(session: Session, element: Element) -> None:
    """The state is as the element says; an unknown one changes nothing."""
    name = name_of(element)
    if name == "inactive" and session.hold is None:
        session.hold = Held(session).take
    elif name == "active":
        _release(session)


async def wake(event: SessionResumed) -> None:
    """5: a client that has resumed its session is active until it says otherwise."""
    _release(event.session)


async def bring(event: SessionParked) -> None:
    """XEP-0198 5: what waits goes along to the other node."""
    _release(event.session)


class Held:
    """What waits for one client to be looked at again."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: dict[tuple[str, str], str] = {}

    def take(self, text: str) -> bool:
        """Whether the stanza waits; one that may not wait takes all along."""
        key = _key(text)
        if key is None:
            self.flush()
            return False
        # The last of a sender takes the place of those before it, and comes after the others'.
        self._waiting.pop(key, None)
        self._waiting[key] = text
        if len(self._waiting) > MAX_HELD:
            self.flush()
        return True

    def flush(self) -> None:
        """What waits is on its way, in the order of its coming."""
        waiting, self._waiting = self._waiting, {}
        for text in waiting.values():
            self._session.outlet.send(text)


def _release(session: Session) -> None:
    held, session.hold = session.hold, None
    owner = getattr(held, "__self__", None)
    if isinstance(owner, Held):
        owner.flush()


def _key(text: str) -> tuple[str, str] | None:
    """What the stanza takes the place of: its kind and sender; None for one that may not wait."""
    head = _HEAD.match(text)
    if head is None:
        return None
    sender, kind = _FROM.search(head[2]), _TYPE.search(head[2])
    type_ = kind[1] if kind else ""
    address = sender[1] if sender else ""
    if head[1] == "presence":
        return ("presence", address) if type_ in _TOLD and ns.MUC_USER not in text else None
    is_state = (
        ns.CHAT_STATES in text and "<body" not in text and type_ not in {"error", "groupchat"}
    )
    return ("state", address) if is_state and _is_only_a_state(text) else None


def _is_only_a_state(text: str) -> bool:
    """XEP-0085 5.1: nothing but a state, and perhaps a thread or a hint."""
    return not any(
        namespace in text for namespace in (ns.RECEIPTS, ns.CHAT_MARKERS, ns.FORWARD, "<subject")
    )
