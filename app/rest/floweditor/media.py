"""Whether an address holds media that can be sent, and what becomes of uploads."""

from __future__ import annotations

from starlette.responses import Response

from app.core.http import Answer, OutgoingError
from app.core.services import Services
from app.rest.floweditor.visit import Visit, answer

MB = 1024 * 1024
#: Kind -> beginnings of its content types, and the most bytes that the chat apps take.
KINDS: dict[str, tuple[tuple[str, ...], int]] = {
    "image": (("image/",), 5 * MB),
    "audio": (("audio/", "application/ogg"), 16 * MB),
    "video": (("video/",), 16 * MB),
    "document": (("application/", "text/", "image/"), 100 * MB),
    "sticker": (("image/webp",), 100 * 1024),
}
#: Seconds that the other server has.
TIMEOUT_S = 5.0


async def validate(visit: Visit) -> Response:
    """`{"is_valid", "message"}` for `?url=&type=`; the message says what is wrong."""
    query = visit.request.query_params
    trouble = await _trouble(visit.services, query.get("url", ""), query.get("type", ""))
    return answer({"is_valid": trouble is None, "message": trouble or "success"})


async def _trouble(services: Services, url: str, kind: str) -> str | None:
    if kind not in KINDS:
        return f"There is no media type {kind}"
    try:
        found = await services.http.request("HEAD", url, timeout_s=TIMEOUT_S)
        if found.status in (403, 405, 501):
            # Servers that sign addresses for GET refuse HEAD; one byte tells as much.
            first = {"range": "bytes=0-0"}
            found = await services.http.request("GET", url, headers=first, timeout_s=TIMEOUT_S)
    except OutgoingError as error:
        return f"This media URL cannot be reached: {error}"
    return _refusal(found, kind)


def _refusal(found: Answer, kind: str) -> str | None:
    if not 200 <= found.status < 300:
        return f"This media URL answers with status {found.status}"
    types, most = KINDS[kind]
    content = found.headers.get("content-type", "").split(";")[0].strip().lower()
    if not content.startswith(types):
        return f"Media content-type {content or 'unknown'} is not valid for type {kind}"
    if _size(found) > most:
        return f"Size is too big for the {kind}. Maximum size limit is {most // 1024} KB"
    return None


def _size(found: Answer) -> int:
    ranged = found.headers.get("content-range", "").rpartition("/")[2]
    told = ranged if ranged.isdigit() else found.headers.get("content-length", "0")
    return int(told) if told.isdigit() else 0


async def attachments_enabled(visit: Visit) -> Response:
    """Media are given by their address; files are not kept here."""
    return answer({"is_enabled": False})


async def attach(visit: Visit) -> Response:
    """Refused in the layout that the editor shows."""
    text = "This installation keeps no files: give the address of the media instead"
    return answer({"url": None, "type": None, "error": text})
