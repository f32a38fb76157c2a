"""Tests of the kind of message (Glific)."""

from __future__ import annotations

from collections.abc import Sequence

from flows.cases.base import Match, Subject, case
from flows.expressions.values import Value

_MEDIA = frozenset({"image", "audio", "video", "document", "file", "sticker", "media", "voice"})


def _kind(subject: Subject, kinds: frozenset[str]) -> Match | None:
    msg = subject.msg
    if msg is None:
        return None
    if msg.kind in kinds:
        return Match(_url(msg.attachments) or msg.text)
    for attachment in msg.attachments:
        if attachment.split(":")[0].split("/")[0] in kinds:
            return Match(_url((attachment,)))
    return None


def _url(attachments: tuple[str, ...]) -> str:
    return attachments[0].partition(":")[2] if attachments else ""


@case("has_media")
def has_media(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    return _kind(subject, _MEDIA | {"application"})


@case("has_image")
def has_image(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    return _kind(subject, frozenset({"image"}))


@case("has_audio")
def has_audio(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    return _kind(subject, frozenset({"audio", "voice"}))


@case("has_video")
def has_video(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    return _kind(subject, frozenset({"video"}))


@case("has_file")
def has_file(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    return _kind(subject, frozenset({"document", "file", "application"}))


@case("has_location")
def has_location(subject: Subject, arguments: Sequence[Value]) -> Match | None:
    """Whether the contact sent a place; `extra` is its latitude and longitude."""
    msg = subject.msg
    if msg is None or msg.kind != "location":
        return None
    place = {key: msg.payload.get(key) for key in ("latitude", "longitude")}
    return Match(f"{place['latitude']},{place['longitude']}", place, place)
