"""RFC 4422 A, EXTERNAL: the identity is known from outside; the client may name whom it means to be."""

from __future__ import annotations

from app.protocol.jid import Jid
from app.protocol.sasl.errors import SaslError, decode_text


def check(payload: bytes, bare: Jid) -> None:
    """The client means to be `bare`. Raises invalid-authzid for anybody else.

    Strophe sends the bare domain when it was given no node.
    """
    authzid = decode_text(payload)
    if authzid == "":
        return
    named = Jid.find(authzid)
    if named is None or named not in {bare, Jid("", bare.domain)}:
        raise SaslError("invalid-authzid")
