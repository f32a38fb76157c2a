"""XEP-0085 Chat State Notifications: routed, and never stored (`offline.py`, `archive.py`)."""

from __future__ import annotations

from app.protocol import ns
from app.xmpp.module import Host, Implements

IMPLEMENTS = Implements("XEP-0085", "2.1", "routed; never stored")


def setup(host: Host) -> None:
    host.feature(ns.CHAT_STATES)
