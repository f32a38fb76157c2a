"""XEP-0424 Message Retraction: announced; the archive keeps the retraction beside the message."""

from __future__ import annotations

from app.xmpp.module import Host, Implements

IMPLEMENTS = Implements("XEP-0424", "0.4.2", "routed and archived, no tombstones")

NS = "urn:xmpp:message-retract:1"


def setup(host: Host) -> None:
    host.feature(NS)
