"""XEP-0249 Direct MUC Invitations: routed, and kept for who is away (`offline.py`)."""

from __future__ import annotations

from app.protocol import ns
from app.xmpp.module import Host, Implements

IMPLEMENTS = Implements("XEP-0249", "1.2", "routed and stored")


def setup(host: Host) -> None:
    host.feature(ns.DIRECT_INVITE)
