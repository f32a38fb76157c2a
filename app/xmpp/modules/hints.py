"""XEP-0334 Message Processing Hints: obeyed by `archive.py`, `carbons.py` and `offline.py`."""

from __future__ import annotations

from app.protocol import ns
from app.xmpp.module import Host, Implements

IMPLEMENTS = Implements("XEP-0334", "0.4.0", "no-store, no-permanent-store, no-copy, store")


def setup(host: Host) -> None:
    host.feature(ns.HINTS)
