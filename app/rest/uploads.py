"""`/upload/…`: files go into their slots and come out of them (XEP-0363 4, 6, 7).

A PUT needs the signed address that the chat server gave out, its size and its type; a GET needs
the address that everybody who was sent it has. Nothing of a file is run in our name (7.1).
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import uploads
from app.models.chat import ChatUpload

#: Types that a browser may show by itself; the rest is offered for saving.
SHOWN: Final = ("image/png", "image/jpeg", "image/gif", "image/webp", "audio/", "video/")
#: Web clients send and read files from pages of other origins.
CORS: Final = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, HEAD, PUT, OPTIONS",
    "access-control-allow-headers": "content-type",
    "access-control-max-age": "7200",
}
#: Seconds that a whole upload may take.
TIMEOUT_S: Final = 300


async def serve(request: Request) -> Response:
    """GET, HEAD, PUT and OPTIONS of one slot."""
    services: Services = request.app.state.services
    if request.method == "OPTIONS":
        return Response(status_code=204, headers=CORS)
    token, signature = request.path_params["token"], request.path_params["signature"]
    if not uploads.may_get(services.config, token, signature):
        return _refuse(404, "There is no such file.")
    row = await uploads.find_upload(services, token)
    if row is None:
        return _refuse(404, "There is no such file.")
    if request.method == "PUT":
        return await _put(request, services, row)
    return _get(services, row)


def _get(services: Services, row: ChatUpload) -> Response:
    place = uploads.place_of(services.config, row.token)
    if row.stored_at is None or not place.is_file():
        return _refuse(404, "There is no such file.")
    is_shown = row.content_type.startswith(SHOWN)
    return FileResponse(
        place,
        media_type=row.content_type,
        filename=row.filename,
        content_disposition_type="inline" if is_shown else "attachment",
        headers={
            **CORS,
            "cache-control": "private, max-age=31536000, immutable",
            "content-security-policy": "default-src 'none'; sandbox",
            "x-content-type-options": "nosniff",
        },
    )


async def _put(request: Request, services: Services, row: ChatUpload) -> Response:
    """5: exactly the file that the slot is for, once."""
    query = request.query_params
    now = services.clock.now()
    until, signature = query.get("until", ""), query.get("sig", "")
    if not uploads.may_put(services.config, row.token, until, signature, now):
        return _refuse(403, "The slot is no longer good; ask for another.")
    if row.stored_at is not None:
        return _refuse(409, "The file is there already.")
    given = request.headers.get("content-type")
    if given and uploads.media_type(given) != row.content_type:
        return _refuse(415, f"The slot is for a file of type {row.content_type}.")
    length = request.headers.get("content-length", "")
    if length and length != str(row.size_bytes):
        return _refuse(413, f"The slot is for {row.size_bytes} bytes.")
    place = uploads.place_of(services.config, row.token)
    part = place.with_suffix(f".{services.ids.token(6)}")
    try:
        async with asyncio.timeout(TIMEOUT_S):
            size = await _receive(request, part, row.size_bytes)
        if size != row.size_bytes:
            return _refuse(413, f"The slot is for {row.size_bytes} bytes.")
        await asyncio.to_thread(part.replace, place)
    except (ClientDisconnect, TimeoutError):
        return _refuse(408, "The file did not come in time.")
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)
    async with unit_of_work(services, org_id=row.organization_id) as ctx:
        await uploads.mark_stored(ctx, row.token)
    return Response(status_code=201, headers=CORS)


async def _receive(request: Request, place: Path, size_bytes: int) -> int:
    """How many bytes came; none is written beyond the size of the slot."""
    await asyncio.to_thread(place.parent.mkdir, parents=True, exist_ok=True)
    received = 0
    with await asyncio.to_thread(place.open, "wb") as file:
        async for chunk in request.stream():
            received += len(chunk)
            if received > size_bytes:
                return received
            await asyncio.to_thread(file.write, chunk)
    return received


def _refuse(status: int, text: str) -> Response:
    return PlainTextResponse(text, status, headers=CORS)
