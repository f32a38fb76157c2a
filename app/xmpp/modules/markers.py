"""XEP-0333 Displayed Markers: routed; the inbox counts by them (`inbox.py`)."""

from __future__ import annotations

from app.protocol import ns
from app.xmpp.module import Host, Implements

IMPLEMENTS = Implements("XEP-0333", "1.0.0")


def setup(host: Host) -> None:
    host.feature(ns.CHAT_MARKERS)
