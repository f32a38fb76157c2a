"""XEP-0484 Fast Authentication Streamlining Tokens: what is offered along with SASL2 (3.1).

The login by a token is in `server/login.py`, the tokens in `server/fast.py`. Without channel
binding, which browsers do not know; not on streams with a cookie, which is a token already.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.protocol import ns
from app.protocol.element import Element, add, make
from app.protocol.sasl.hashed_token import HASHES
from app.xmpp.module import Host, Implements

IMPLEMENTS = Implements("XEP-0484", "0.2.0", "HT-SHA-256-NONE; no TLS 0-RTT")


def setup(host: Host) -> None:
    """The offer is part of that of XEP-0388."""


def offer(mechanisms: Sequence[str]) -> Element | None:
    """3.1: `<fast/>` beside these mechanisms; None where no token is taken."""
    if "OAUTHBEARER" not in mechanisms:
        return None
    element = make("fast", ns.FAST)
    for mechanism in HASHES:
        add(element, "mechanism", text=mechanism)
    return element
