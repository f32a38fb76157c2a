"""Whether an HTTP request may become a stream: RFC 7395 3.1, the Origin, and the cookie.

A cookie travels by itself, so a page of another origin could open a stream in a person's
name: a browser's Origin must be the server's own or one that the installation allows.
Clients that are no browsers send none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import urlsplit

from app.core.services import Config
from app.core.tokens import ChatClaims, read_chat_token

PATH: Final = "/xmpp"
SUBPROTOCOL: Final = "xmpp"
COOKIE: Final = "auth_token"
LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Admitted:
    """The request may become a stream, with a cookie's identity or without one."""

    cookie: ChatClaims | None


@dataclass(frozen=True, slots=True)
class Refused:
    """The request is answered with this status and sentence."""

    status: HTTPStatus
    reason: str


def admit(
    config: Config, headers: Mapping[str, str], serves: Callable[[str], bool]
) -> Admitted | Refused:
    """Whether a WebSocket request for PATH is admitted."""
    if not _offers_xmpp(headers.get("Sec-WebSocket-Protocol", "")):
        return Refused(HTTPStatus.BAD_REQUEST, "Ask for the WebSocket subprotocol xmpp (RFC 7395).")
    origin = headers.get("Origin")
    if origin is not None and not _is_allowed(origin, headers.get("Host", ""), config):
        return Refused(HTTPStatus.FORBIDDEN, "Pages of this origin may not open a stream here.")
    cookie = read_cookie(headers.get("Cookie", ""), config.secret_key)
    if cookie is not None and not serves(cookie.domain):
        cookie = None
    if cookie is None and not config.allow_chat_passwords:
        return Refused(HTTPStatus.UNAUTHORIZED, f"A valid {COOKIE} cookie is needed.")
    return Admitted(cookie)


def client_address(peer: object, forwarded: str) -> str:
    """The client's network address. Only a proxy on this machine is believed about others."""
    address = str(peer[0]) if isinstance(peer, tuple) and peer else ""
    if address in LOOPBACK and forwarded:
        return forwarded.rpartition(",")[2].strip()
    return address


def _offers_xmpp(offered: str) -> bool:
    return SUBPROTOCOL in (name.strip() for name in offered.split(","))


def _is_allowed(origin: str, host: str, config: Config) -> bool:
    """An origin of the same host name at any port, of the public address, or of the list."""
    if origin in config.allowed_origins or "*" in config.allowed_origins:
        return True
    name = _host_name(origin)
    return name != "" and name in {_host_name(f"//{host}"), _host_name(config.public_url)}


def _host_name(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def read_cookie(header: str, secret_key: str) -> ChatClaims | None:
    """Whom the cookie header names, None for nobody."""
    try:
        morsel = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return None
    return None if morsel is None else read_chat_token(morsel.value, secret_key)
