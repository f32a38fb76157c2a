"""What a person's message to the organization says: read from the stanza, and nothing done yet.

In this order: it withdraws, reacts to, or tells the fate of an earlier message; it corrects one;
or it says something: a place, a file, an answer that was chosen, or a text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from app.core.services import Config
from app.domain.messages.service import InboundMessage, Target
from app.protocol import ns
from app.protocol.element import Element, child, child_text, children
from app.protocol.forms import FORM_TYPE, find_form, values

#: Ids that are longer are known by their hash: an index entry has its limits.
MAX_ID: Final = 200
MAX_REACTIONS: Final = 50
#: A child of a message about an earlier one -> where that one's status goes.
STATUSES: Final = {
    (ns.RECEIPTS, "received"): "delivered",
    (ns.CHAT_MARKERS, "received"): "delivered",
    (ns.CHAT_MARKERS, "displayed"): "read",
    (ns.CHAT_MARKERS, "acknowledged"): "read",
}
#: What the path of an address ends in -> the type of what is there.
MEDIA_TYPES: Final = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mov": "video/quicktime",
    "3gp": "video/3gpp",
    "pdf": "application/pdf",
}
_KINDS: Final = ("image", "audio", "video")
#: RFC 5870 3.3, without the systems of coordinates that no phone sends.
_GEO: Final = re.compile(r"geo:(-?\d{1,3}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)(?:[,;?].*)?", re.DOTALL)
#: Fields of forms by which a chosen answer comes back, and the type of message that it is.
_CHOICES: Final = ("quick_reply", "list")


@dataclass(frozen=True, slots=True)
class Said:
    """Something new."""

    body: str = ""
    kind: str = "text"
    media_url: str | None = None
    media_type: str | None = None
    caption: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    payload: dict[str, Any] | None = None
    #: The id of the message that it answers (XEP-0461).
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Corrected:
    """The message `id` should have said this (XEP-0308)."""

    id: str
    said: Said


@dataclass(frozen=True, slots=True)
class Retracted:
    """The message `id` is withdrawn (XEP-0424)."""

    id: str


@dataclass(frozen=True, slots=True)
class Reacted:
    """These are all reactions to the message `id` (XEP-0444)."""

    id: str
    emojis: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What the organization sent as `id` has arrived, or been seen (XEP-0184, XEP-0333)."""

    id: str
    status: str


Letter = Said | Corrected | Retracted | Reacted | Confirmed


def read(stanza: Element, own_uploads: str = "") -> Letter | None:
    """What the message says; None for a chat state and whatever else is no word.

    `own_uploads` begins the addresses of files that were uploaded here: one of those alone is a
    file even where the client forgot to say so.
    """
    retracted = child(stanza, "retract", ns.RETRACTION)
    if retracted is not None and retracted.get("id"):
        return Retracted(short(retracted.get("id", "")))
    reactions = child(stanza, "reactions", ns.REACTIONS)
    if reactions is not None and reactions.get("id"):
        told = [each.text or "" for each in children(reactions, "reaction")][:MAX_REACTIONS]
        return Reacted(short(reactions.get("id", "")), tuple(told))
    said = _said(stanza, own_uploads)
    if said is None:
        return _confirmed(stanza)
    replaced = child(stanza, "replace", ns.CORRECTION)
    if replaced is not None and replaced.get("id"):
        return Corrected(short(replaced.get("id", "")), said)
    return said


def own_uploads(config: Config) -> str:
    """What the addresses of files begin with that were uploaded to this installation."""
    return f"{config.public_url.rstrip('/')}/upload/"


def as_inbound(said: Said, account_id: int, contact_id: int, own_id: str) -> InboundMessage:
    """What the organization stores: `own_id` is the stanza's."""
    return InboundMessage(
        contact_id=contact_id,
        body=said.body,
        kind=said.kind,
        external_id=external_id(account_id, own_id),
        media_url=said.media_url,
        media_type=said.media_type,
        caption=said.caption,
        latitude=said.latitude,
        longitude=said.longitude,
        payload=said.payload or {},
        reply_to=target_of(account_id, said.reply_to) if said.reply_to else None,
    )


def external_id(account_id: int, own_id: str) -> str:
    """Two accounts may choose the same id; one account's is its own."""
    return f"{account_id}:{own_id}"


def target_of(account_id: int, id_: str) -> Target:
    """The message that the account's client calls `id_`, whoever sent it."""
    return Target(id_, external_id(account_id, id_))


def short(id_: str) -> str:
    """An id of bearable length, always the same for the same id."""
    return id_ if len(id_) <= MAX_ID else sha256(id_.encode()).hexdigest()


def _said(stanza: Element, own_uploads: str) -> Said | None:
    body = child_text(stanza, "body") or ""
    said = _place(stanza, body) or _file(stanza, body, own_uploads) or _choice(stanza, body)
    if said is None and body:
        said = Said(body)
    reply = child(stanza, "reply", ns.REPLY)
    if said is None or reply is None or not reply.get("id"):
        return said
    body = _without_quote(stanza, said.body)
    return replace(said, body=body, reply_to=short(reply.get("id", "")))


def _confirmed(stanza: Element) -> Confirmed | None:
    for (namespace, name), status in STATUSES.items():
        found = child(stanza, name, namespace)
        if found is not None and found.get("id"):
            return Confirmed(found.get("id", ""), status)
    return None


def _place(stanza: Element, body: str) -> Said | None:
    """XEP-0080 3, or a `geo:` link that is the whole text (RFC 5870)."""
    link = _GEO.fullmatch(body.strip())
    geoloc = child(stanza, "geoloc", ns.GEOLOC)
    texts: tuple[str, ...] = link.groups() if link is not None else ()
    if geoloc is not None:
        texts = (child_text(geoloc, "lat") or "", child_text(geoloc, "lon") or "")
    try:
        latitude, longitude = (float(text) for text in texts)
    except ValueError:
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    text = "" if link is not None else body
    return Said(text, "location", latitude=latitude, longitude=longitude)


def _file(stanza: Element, body: str, own_uploads: str) -> Said | None:
    """XEP-0066 3, or the address of an upload (XEP-0363) that is the whole text."""
    oob = child(stanza, "x", ns.OOB)
    url = (child_text(oob, "url") or "").strip() if oob is not None else ""
    is_upload = bool(own_uploads) and body.startswith(own_uploads) and not re.search(r"\s", body)
    if not url and is_upload:
        url = body
    if not url.startswith(("http://", "https://")):
        return None
    text = "" if body.strip() == url else body
    described = (child_text(oob, "desc") or "") if oob is not None else ""
    media_type = MEDIA_TYPES.get(_ending(url))
    kind = (media_type or "").partition("/")[0]
    return Said(
        text,
        kind if kind in _KINDS else "document",
        media_url=url,
        media_type=media_type,
        caption=text or described or None,
    )


def _ending(url: str) -> str:
    try:
        return urlsplit(url).path.rpartition(".")[2].lower()
    except ValueError:  # an address in brackets that is none
        return ""


def _choice(stanza: Element, body: str) -> Said | None:
    """A form that was filled in (XEP-0004 3.4), or an action that was chosen (XEP-0439 3)."""
    chosen = child(stanza, "action-selected", ns.QUICK_RESPONSE)
    if chosen is not None and chosen.get("id"):
        title = chosen.get("id", "")
        return Said(body or title, "quick_reply", payload={"type": "quick_reply", "title": title})
    filled = find_form(stanza)
    if filled is None:
        return None
    given = {name: list(texts) for name, texts in values(filled).items() if name != FORM_TYPE}
    told = ", ".join(text for texts in given.values() for text in texts)
    if not told:
        return None
    kind = next((name for name in _CHOICES if name in given), "quick_reply")
    payload = {"type": kind, "title": body or told, "values": given}
    return Said(body or told, kind, payload=payload)


def _without_quote(stanza: Element, body: str) -> str:
    """XEP-0461 3.1: the text without what it quotes, if the client marked that (XEP-0428 2.2)."""
    for fallback in children(stanza, "fallback", ns.FALLBACK):
        marked = child(fallback, "body")
        if fallback.get("for") != ns.REPLY or marked is None:
            continue
        start, end = marked.get("start", ""), marked.get("end", "")
        if all(text.isascii() and text.isdigit() and len(text) < 7 for text in (start, end)):
            left = body[: int(start)] + body[int(end) :] if int(start) <= int(end) else body
            return left or body
    return body
