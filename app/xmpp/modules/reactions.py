"""XEP-0444 Message Reactions: announced; kept where the sender hints that they be (XEP-0334)."""

from __future__ import annotations

from app.protocol import ns
from app.xmpp.module import Host, Implements

IMPLEMENTS = Implements("XEP-0444", "0.2.0", "routed and archived")


def setup(host: Host) -> None:
    host.feature(ns.REACTIONS)
