"""What is offered until a resource is bound (RFC 6120 7.3), and the session of older clients."""

from __future__ import annotations

from typing import Final

from app.protocol import ns, sm
from app.protocol.element import Element, add, make
from app.xmpp.module import Iq


async def answer_session(_: Iq) -> None:
    """RFC 3921 3, RFC 6121 D: who asks for a session has one since bind."""
    return


def _bind_feature() -> Element:
    return make("bind", ns.BIND)


def _session_feature() -> Element:
    feature = make("session", ns.SESSION)
    add(feature, "optional")
    return feature


#: Offered until a resource is bound.
BINDING: Final = (_bind_feature, _session_feature, sm.feature)
