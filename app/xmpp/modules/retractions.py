"""XEP-0424 Message Retraction: announced; the archive keeps the retraction beside the message."""

from __future__ import annotations

from app.protocol import ns
from app.xmpp.module import Host, Implements

IMPLEMENTS = Implements("XEP-0424", "0.5.0", "routed and archived, no tombstones")


def setup(host: Host) -> None:
    host.feature(ns.RETRACTION)
