"""XEP-0156 3: `/.well-known/host-meta` and `.json` say where the chat's WebSocket is."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import quoteattr

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.core.services import Services
from app.rest.chat_token import websocket_url

REL: Final = "urn:xmpp:alt-connections:websocket"
#: 3: pages of other origins ask.
CORS: Final = {"access-control-allow-origin": "*", "cache-control": "public, max-age=300"}


async def as_xml(request: Request) -> Response:
    """RFC 6415 3: XRD."""
    body = (
        "<?xml version='1.0' encoding='utf-8'?>\n"
        "<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>"
        f"<Link rel={quoteattr(REL)} href={quoteattr(_url(request))}/></XRD>\n"
    )
    return Response(body, headers=CORS, media_type="application/xrd+xml")


async def as_json(request: Request) -> Response:
    """RFC 6415 appendix A: JRD."""
    body = orjson.dumps({"links": [{"rel": REL, "href": _url(request)}]})
    return Response(body, headers=CORS, media_type="application/json")


def _url(request: Request) -> str:
    services: Services = request.app.state.services
    return websocket_url(services.config, request.headers.get("host", ""))
