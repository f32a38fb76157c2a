"""What every message has in common: texts in a language, attachments, quick replies, way and budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flows.changes import changed
from flows.directory import Channel
from flows.events.message import MsgCreated
from flows.expressions.template import Template, compile_template
from flows.loops import has_loop_exit
from flows.step import Step
from flows.urns import Urn, parse

_KINDS = {"application": "document", "file": "document", "voice": "audio", "geo": "text"}
_SENDABLE = frozenset({"image", "audio", "video", "document", "sticker"})
_BY_ENDING = {
    "jpg": "image",
    "jpeg": "image",
    "png": "image",
    "mp3": "audio",
    "ogg": "audio",
    "mp4": "video",
    "webp": "sticker",
}
#: Sets what stands behind a quick reply apart from what is shown of it.
_EXTRA = "<extra>"
#: Status of a contact that nothing is sent to -> why.
_UNSENDABLE = {
    "blocked": "contact_blocked",
    "stopped": "contact_stopped",
    "archived": "contact_archived",
}


@dataclass(frozen=True, slots=True)
class Content:
    """The texts of a message in one language. `extras` go with `quick_replies`.

    `locale` is language and country where they are known already.
    """

    text: str
    attachments: tuple[str, ...]
    quick_replies: tuple[str, ...]
    extras: tuple[str, ...]
    language: str
    locale: str = ""


def evaluate(
    step: Step,
    uuid: str,
    text: Template,
    attachments: Sequence[Template],
    quick_replies: Sequence[Template],
    languages: Sequence[str] | None = None,
) -> Content:
    """Give a message's translated and evaluated texts; what is empty or too long is told and left out."""
    limits = step.env.limits
    base = (text.source,) if text.source else ()
    found, text_language = step.translated(uuid, "text", base or ("",), languages)
    shown = shortened(step.text(compile_template(found[0]))[0], limits.text_chars)
    sources = [item.source for item in attachments]
    found, media_language = step.translated(uuid, "attachments", sources, languages)
    media = tuple(item for source in found if (item := _attachment(step, source)))
    sources = [item.source for item in quick_replies]
    found, reply_language = step.translated(uuid, "quick_replies", sources, languages)
    replies = [reply for source in found if (reply := _quick_reply(step, source))]
    language = text_language if shown else media_language if media else reply_language
    return Content(
        text=shown,
        attachments=media,
        quick_replies=tuple(shown for shown, _ in replies),
        extras=tuple(extra for _, extra in replies),
        language=language,
    )


def _attachment(step: Step, source: str) -> str | None:
    if not source.strip():
        return None
    value = step.text(compile_template(source))[0]
    if len(value) > step.env.limits.attachment_chars:
        step.error("", "an evaluated attachment is too long and is left out")
        return None
    found = attachment(value)
    if found is None:
        step.error("", "an attachment is empty and is left out")
    return found


def _quick_reply(step: Step, source: str) -> tuple[str, str] | None:
    if not source.strip():
        return None
    limits = step.env.limits
    shown, _, extra = step.text(compile_template(source))[0].partition(_EXTRA)
    if not shown.strip():
        step.error("", "a quick reply is empty and is left out")
        return None
    cut = shortened(extra, limits.quick_reply_extra_chars)
    return shortened(shown, limits.quick_reply_chars), cut


def shortened(text: str, limit: int) -> str:
    """Give the text within the limit, with dots where it was cut."""
    return text if len(text) <= limit else text[: limit - 3] + "..."


def attachment(text: str) -> str | None:
    """Give an evaluated attachment as "type:url", None when its address is empty.

    Glific's "expression:" stands for a type that the address's ending tells.
    """
    kind, _, url = text.partition(":")
    if kind == "expression" or url.startswith("//"):
        url = text.removeprefix("expression:")
        ending = url.split("?")[0].rsplit(".", 1)[-1].lower()
        kind = _BY_ENDING.get(ending, "document")
    return f"{kind}:{url.strip()}" if url.strip() else None


def kind_of(attachments: Sequence[str]) -> str:
    """Give the message type of its first attachment, text without any."""
    if not attachments:
        return "text"
    kind = attachments[0].split(":")[0].split("/")[0]
    kind = _KINDS.get(kind, kind)
    return kind if kind in _SENDABLE else "document"


# -- sending


def route_of(step: Step) -> tuple[Urn, Channel] | None:
    """Give how the contact is reached, None when the engine knows no way."""
    urns = [urn for text in step.contact.urns if (urn := parse(text))]
    return step.env.directory.route(urns)


def send(
    step: Step, content: Content, *, choices: Sequence[Sequence[str]] = (), **fields: Any
) -> None:
    """Tell a message to the contact, unless the flow has said too much, or the same too often."""
    scene = step.scene
    sent = scene.counters.messages_since_input + 1
    limit = step.env.limits.messages_since_input
    if sent > limit:
        scene.fail(step.run, "message_limit", f"more than {limit} messages without an answer")
        return
    if _is_loop(step, content):
        return
    scene.counters = changed(scene.counters, messages_since_input=sent)
    if choices or content.quick_replies:
        scene.choices = tuple(map(tuple, choices)) or tuple((t,) for t in content.quick_replies)
    way = route_of(step)
    step.emit(
        MsgCreated,
        msg_uuid=step.env.new_uuid(),
        text=content.text,
        attachments=content.attachments,
        quick_replies=content.quick_replies,
        quick_reply_extras=content.extras if any(content.extras) else (),
        unsendable_reason=_unsendable(step, content.text, way),
        **_way(step, content, way),
        **fields,
    )


def _is_loop(step: Step, content: Content) -> bool:
    """Whether the flow has a way out of loops and this message calls for it (catalogue 12.8).

    Where it has none, people may go round as often as they like, and the limits that count since the
    last human input end what goes round alone.
    """
    limit = step.env.limits.same_message
    media = content.attachments[0] if content.attachments else ""
    times = step.scene.note_sent(f"{step.node.uuid}:{_mark(media or content.text)}")
    if not limit or times <= limit or not has_loop_exit(step.flow, step.node):
        return False
    if times > limit + 1:
        text = "the same message was sent too often within six hours"
        step.scene.fail(step.run, "loop", text)
    step.scene.is_looping = True
    return True


def _mark(text: str) -> str:
    """Give a short mark that two texts share only if they are alike; not for security."""
    mark = 5381
    for char in text:
        mark = (mark * 33 + ord(char)) & 0xFFFFFFFFFFFF
    return f"{mark:x}"


def _way(step: Step, content: Content, way: tuple[Urn, Channel] | None) -> dict[str, Any]:
    """Give the fields that say where the message goes and in what language."""
    told = step.contact.language or step.env.default_language
    spoken = content.language if step.is_goflow else told
    country = (way[1].country if way else "") or step.env.country
    locale = content.locale or (f"{spoken}-{country}" if country else spoken)
    if way is None:
        return {"language": spoken, "locale": locale}
    channel = (way[1].uuid, way[1].name)
    return {"language": spoken, "locale": locale, "urn": way[0].identity, "channel": channel}


def _unsendable(step: Step, text: str, way: tuple[Urn, Channel] | None) -> str | None:
    reason = _UNSENDABLE.get(step.contact.status)
    if reason is None and way is None and (step.is_goflow or step.env.directory.channels):
        reason = "no_route"
    return reason or step.env.unsendable(text) or None
