"""XEP-0308 Last Message Correction: announced; corrections are messages and kept as such."""

from __future__ import annotations

from app.xmpp.module import Host, Implements

IMPLEMENTS = Implements("XEP-0308", "1.2.1", "routed and archived")

NS = "urn:xmpp:message-correct:0"


def setup(host: Host) -> None:
    host.feature(NS)
