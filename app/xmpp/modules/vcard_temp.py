"""XEP-0054 vcard-temp: an account without a card has an empty one (3.1)."""

from __future__ import annotations

from app.protocol import ns
from app.protocol.element import Element, make
from app.xmpp.module import Host, Implements, Iq

IMPLEMENTS = Implements("XEP-0054", "1.2", "get only")


def setup(host: Host) -> None:
    host.feature(ns.VCARD)
    host.answer_iq("get", ns.VCARD, get, target="any")


async def get(iq: Iq) -> Element:
    """Clients ask at login and wait for an answer."""
    return make("vCard", ns.VCARD)
