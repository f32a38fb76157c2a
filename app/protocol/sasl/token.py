"""Bearer tokens: RFC 7628 OAUTHBEARER, and the older X-OAUTH2 of the form of PLAIN."""

from __future__ import annotations

import re
from typing import Final

from app.protocol.sasl import plain
from app.protocol.sasl.errors import SaslError, decode_text

#: RFC 7628 3.1: a GS2 header without channel binding, then pairs between ^A.
_HEADER: Final = re.compile(r"[ny],(?:a=(?P<authzid>[^,]*))?,")
#: RFC 7628 3.2.2: what is wrong with a token that is not taken, in JSON.
INVALID: Final = b'{"status":"invalid_token"}'
_BEARER: Final = re.compile(r"bearer +(?P<token>\S+)", re.IGNORECASE)


def read(mechanism: str, payload: bytes) -> plain.Credentials:
    """The claim, with the token as password; the name may be "". Raises malformed-request."""
    return plain.read(payload) if mechanism == "X-OAUTH2" else _read_bearer(payload)


def _read_bearer(payload: bytes) -> plain.Credentials:
    header, separator, rest = decode_text(payload).partition("\x01")
    found = _HEADER.fullmatch(header)
    if found is None or not separator:
        raise SaslError("malformed-request")
    pairs = dict(pair.split("=", 1) for pair in rest.split("\x01") if "=" in pair)
    bearer = _BEARER.fullmatch(pairs.get("auth", ""))
    if bearer is None:
        raise SaslError("malformed-request")
    authzid = (found["authzid"] or "").replace("=2C", ",").replace("=3D", "=")
    return plain.Credentials(authzid, authzid.partition("@")[0], bearer["token"])
