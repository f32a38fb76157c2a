"""What every message to the contact has in common: attachments, kind, budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flows.events.message import MsgCreated
from flows.step import Step

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


def send(step: Step, **fields: Any) -> None:
    """Tell a message to the contact, unless the flow has said too much since the last input."""
    scene = step.scene
    counters = replace(scene.counters, messages_since_input=scene.counters.messages_since_input + 1)
    limit = step.env.limits.messages_since_input
    if counters.messages_since_input > limit:
        scene.fail(step.run, "message_limit", f"more than {limit} messages without an answer")
        return
    scene.counters = counters
    step.emit(
        MsgCreated,
        msg_uuid=step.env.new_uuid(),
        language=step.contact.language or step.env.default_language,
        unsendable_reason="contact_blocked" if step.contact.status == "blocked" else None,
        **fields,
    )
