"""XEP-0388 Extensible SASL Profile: login and what follows in one round trip (2.1).

The exchange itself is the stream's (`protocol/saslxml.py`) and the login's
(`server/login.py`); what is done along with it is in `server/negotiation.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from app.protocol import ns
from app.protocol.element import Element, add, make
from app.xmpp.module import Host, Implements
from app.xmpp.modules import fast

IMPLEMENTS = Implements("XEP-0388", "1.0.4", "with XEP-0386 and XEP-0198 inline")


def setup(host: Host) -> None:
    host.login_feature(partial(feature, host))


def feature(host: Host, mechanisms: Sequence[str]) -> Element:
    """2.1: the mechanisms, and what may be asked along with a login."""
    element = make("authentication", ns.SASL2)
    for mechanism in mechanisms:
        add(element, "mechanism", text=mechanism)
    inline = add(element, "inline")
    add(inline, "sm", ns.STREAM_MANAGEMENT)
    bind = add(inline, "bind", ns.BIND2)
    offered = add(bind, "inline")
    for namespace in host.bind2_features():
        add(offered, "feature", attributes={"var": namespace})
    tokens = fast.offer(mechanisms)
    if tokens is not None:
        inline.append(tokens)
    return element
