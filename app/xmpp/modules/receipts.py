"""XEP-0184 Message Delivery Receipts: announced; between people they are routed like messages.

Receipts for what the organization sent are dealt with where its address is (`bot.py`).
"""

from __future__ import annotations

from app.protocol import ns
from app.xmpp.module import Host, Implements

IMPLEMENTS = Implements("XEP-0184", "1.4.0")


def setup(host: Host) -> None:
    host.feature(ns.RECEIPTS)
