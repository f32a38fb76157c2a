"""Whether an address holds media that can be sent, and what becomes of uploads."""

from __future__ import annotations

import mimetypes
from urllib.parse import urlsplit

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.core.errors import AppError, Invalid
from app.core.http import Answer, OutgoingError
from app.core.services import Services
from app.domain.chat import uploads
from app.domain.chat.accounts import ensure_account_for_contact
from app.domain.contacts.service import get_contact
from app.domain.users.service import get_user
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
#: What a form has besides its file.
MAX_FORM_BYTES = 64 * 1024
MAX_FIELDS = 10


async def validate(visit: Visit) -> Response:
    """`{"is_valid", "message"}` for `?url=&type=`; the message says what is wrong."""
    query = visit.request.query_params
    trouble = await _trouble(visit.services, query.get("url", ""), query.get("type", ""))
    return answer({"is_valid": trouble is None, "message": trouble or "success"})


async def _trouble(services: Services, url: str, kind: str) -> str | None:
    if kind not in KINDS:
        return f"There is no media type {kind}"
    own = await _own(services, url)
    if own is not None:
        return _refusal(own, kind)
    try:
        found = await services.http.request("HEAD", url, timeout_s=TIMEOUT_S)
        if found.status in (403, 405, 501):
            # Servers that sign addresses for GET refuse HEAD; one byte tells as much.
            first = {"range": "bytes=0-0"}
            found = await services.http.request("GET", url, headers=first, timeout_s=TIMEOUT_S)
    except OutgoingError as error:
        return f"This media URL cannot be reached: {error}"
    return _refusal(found, kind)


async def _own(services: Services, url: str) -> Answer | None:
    """What our own server would say of one of its files; a host may not reach itself by name."""
    base = services.config.public_url.rstrip("/") + "/upload/"
    if not url.startswith(base):
        return None
    token, _, rest = urlsplit(url).path.removeprefix(urlsplit(base).path).partition("/")
    is_ours = uploads.may_get(services.config, token, rest.partition("/")[0])
    row = await uploads.find_upload(services, token) if is_ours else None
    if row is None or row.stored_at is None:
        return Answer(404, {}, b"", 0)
    about = {"content-type": row.content_type, "content-length": str(row.size_bytes)}
    return Answer(200, about, b"", 0)


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
    """Files are kept here, beside those of the chat."""
    return answer({"is_enabled": True})


async def attach(visit: Visit) -> Response:
    """`{"url", "type", "error"}` for the file `media` of a form; refused in the same layout."""
    try:
        url, kind = await _keep(visit)
    except AppError as error:
        return answer({"url": None, "type": None, "error": error.message})
    return answer({"url": url, "type": kind, "error": None})


async def _keep(visit: Visit) -> tuple[str, str]:
    request = visit.request
    length = request.headers.get("content-length", "")
    most = visit.services.config.upload_max_bytes
    # Not read before its length is known: a form goes to the disk as it comes.
    if not length.isdigit() or int(length) > most + MAX_FORM_BYTES:
        raise uploads.TooLarge(most)
    try:
        async with request.form(max_files=1, max_fields=MAX_FIELDS) as form:
            media = form.get("media")
            if not isinstance(media, UploadFile):
                raise Invalid("media", "There is no file in the form")
            return await _keep_file(visit, media, str(form.get("extension") or ""))
    except HTTPException as fault:
        raise Invalid("media", "This is not a form with one file") from fault


async def _keep_file(visit: Visit, media: UploadFile, extension: str) -> tuple[str, str]:
    content = uploads.media_type(media.content_type or "")
    if content == "application/octet-stream":
        content = mimetypes.guess_type(f"file.{extension.lstrip('.')}")[0] or content
    kind = content.partition("/")[0]
    kind = kind if kind in ("image", "audio", "video") else "document"
    size, most = media.size or 0, KINDS[kind][1]
    if size > most:
        raise Invalid("media", f"A file of the kind {kind} has at most {most} bytes.")
    wanted = uploads.Wanted(media.filename or "", size, content)
    async with visit.unit_of_work() as ctx:
        user = await get_user(ctx, visit.login.actor.user_id or 0)
        account = await ensure_account_for_contact(
            ctx, await get_contact(ctx, user.contact_id or 0)
        )
        slot = await uploads.keep_file(ctx, account.id or 0, wanted, media.file)
    return slot.get_url, kind
