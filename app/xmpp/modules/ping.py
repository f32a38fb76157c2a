"""XEP-0199 XMPP Ping: answer a ping from a client (4.2)."""

from __future__ import annotations

from app.protocol import ns
from app.xmpp.module import Host, Implements, Iq

IMPLEMENTS = Implements("XEP-0199", "2.0.1")


def setup(host: Host) -> None:
    host.feature(ns.PING, target="any")
    host.answer_iq("get", ns.PING, pong, target="any")


async def pong(iq: Iq) -> None:
    return None  # an empty result is the whole answer
