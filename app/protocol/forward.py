"""XEP-0297: a stanza inside another."""

from __future__ import annotations

from datetime import datetime

from app.protocol import ns
from app.protocol.element import Element, copy, make
from app.protocol.stamp import delay


def forwarded(stanza: Element, moment: datetime | None = None) -> Element:
    """`<forwarded/>` around a copy of the stanza, with when it was first sent."""
    element = make("forwarded", ns.FORWARD)
    if moment is not None:
        element.append(delay(moment))
    element.append(copy(stanza))
    return element


def find_forwarded(element: Element) -> Element | None:
    """The stanza inside a `<forwarded/>`, None if there is none."""
    for inner in element.iterchildren(f"{{{ns.CLIENT}}}*"):
        return inner
    return None
