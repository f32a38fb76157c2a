"""XEP-0461 Message Replies: announced; replies are messages and kept as such."""

from __future__ import annotations

from app.protocol import ns
from app.xmpp.module import Host, Implements

IMPLEMENTS = Implements("XEP-0461", "0.2.1", "routed and archived")


def setup(host: Host) -> None:
    host.feature(ns.REPLY)
