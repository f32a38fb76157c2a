"""XEP-0308 Last Message Correction: announced; corrections are messages and kept as such."""

from __future__ import annotations

from app.protocol import ns
from app.xmpp.module import Host, Implements

IMPLEMENTS = Implements("XEP-0308", "1.2.1", "routed and archived")


def setup(host: Host) -> None:
    host.feature(ns.CORRECTION)
