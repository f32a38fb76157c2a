"""XEP-0461 Message Replies: announced; replies are messages and kept as such."""

from __future__ import annotations

from app.xmpp.module import Host, Implements

IMPLEMENTS = Implements("XEP-0461", "0.2.0", "routed and archived")

NS = "urn:xmpp:reply:0"


def setup(host: Host) -> None:
    host.feature(NS)
