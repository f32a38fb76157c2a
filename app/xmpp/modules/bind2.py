"""XEP-0386 Bind 2: a resource, management, carbons and client state, asked along with a login (4).

The request is read in `server/negotiation.py`; here is what a session may be told in it that
has no module of its own to hear it.
"""

from __future__ import annotations

from app.protocol import ns
from app.protocol.element import Element, name_of
from app.xmpp.module import Host, Implements
from app.xmpp.session import Session

IMPLEMENTS = Implements(
    "XEP-0386", "1.0.0", "what waits offline is sent, not cleared: not every client reads archives"
)


def setup(host: Host) -> None:
    host.bind2(ns.CARBONS, enable_carbons)


async def enable_carbons(session: Session, element: Element) -> None:
    """XEP-0280 9.1: copies are wanted from the first message on."""
    if name_of(element) == "enable":
        session.carbons = True
