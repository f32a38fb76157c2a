"""XEP-0428 Fallback Indication: announced; what a text stands for is for clients."""

from __future__ import annotations

from app.protocol import ns
from app.xmpp.module import Host, Implements

IMPLEMENTS = Implements("XEP-0428", "0.2.1", "routed and archived")


def setup(host: Host) -> None:
    host.feature(ns.FALLBACK)
