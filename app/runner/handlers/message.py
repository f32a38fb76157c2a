"""Messages that the flow sends, and what it says of those it took."""

from __future__ import annotations

from typing import Any

from app.domain.messages.service import OutboundMessage
from app.runner.scene import Scene
from flows.events import InputLabelsAdded, MsgCreated, MsgReceivedEvent


async def create_message(scene: Scene, event: MsgCreated) -> None:
    """The message goes out in its place; a second attachment and further ones follow it.

    The row's uuid is the event's, so a sprint that runs twice sends once.
    """
    first, *more = event.attachments or ("",)
    kind, url, media_type = _media(first)
    structure = _structure(event)
    scene.outgoing.append(
        OutboundMessage(
            contact_id=scene.contact_id,
            body=event.text,
            kind=_kind(event, kind),
            uuid=event.msg_uuid,
            flow_id=scene.flow_id(event.flow_uuid),
            node_uuid=event.node_uuid,
            media_url=url,
            media_type=media_type,
            caption=event.text if url else None,
            interactive_content=structure,
            is_hsm=event.template is not None,
            flow_label=", ".join(label.name for label in event.labels) or None,
            broadcast_id=scene.session.broadcast_id,
        )
    )
    for number, attachment in enumerate(more, start=1):
        kind, url, media_type = _media(attachment)
        scene.outgoing.append(
            OutboundMessage(
                contact_id=scene.contact_id,
                body="",
                kind=kind or "document",
                uuid=_following(event.msg_uuid, number),
                flow_id=scene.flow_id(event.flow_uuid),
                node_uuid=event.node_uuid,
                media_url=url,
                media_type=media_type,
            )
        )


async def receive_message(scene: Scene, event: MsgReceivedEvent) -> None:
    """The row of the incoming message says which flow took it."""
    if scene.message is not None and scene.message.uuid == event.msg_uuid:
        scene.message.flow_id = scene.flow_id(event.flow_uuid)
        scene.message.node_uuid = event.node_uuid


async def label_input(scene: Scene, event: InputLabelsAdded) -> None:
    """The labels stand on the incoming message, once each."""
    message = scene.message
    if message is None or message.uuid != event.input_uuid:
        return
    has = [name for name in (message.flow_label or "").split(", ") if name]
    message.flow_label = ", ".join(dict.fromkeys([*has, *(label.name for label in event.labels)]))


#: Beginning of a content type -> message type.
_KINDS = {"image": "image", "audio": "audio", "video": "video"}


def _media(attachment: str) -> tuple[str | None, str | None, str | None]:
    """(message type, URL, content type) of "type:url"."""
    content_type, _, url = attachment.partition(":")
    if not url:
        return None, None, None
    return _KINDS.get(content_type.split("/")[0], "document"), url, content_type


def _kind(event: MsgCreated, media_kind: str | None) -> str:
    if event.kind != "text":
        return event.kind
    if event.quick_replies:
        return "quick_reply"
    return media_kind or "text"


def _structure(event: MsgCreated) -> dict[str, Any] | None:
    if event.interactive is not None:
        return dict(event.interactive)
    if not event.quick_replies:
        return None
    return {
        "type": "quick_reply",
        "content": {"type": "text", "text": event.text},
        "options": [{"type": "text", "title": title} for title in event.quick_replies],
    }


def _following(uuid: str, number: int) -> str:
    """A uuid that is as foreseeable as the first attachment's."""
    return f"{uuid[:-2]}{(int(uuid[-2:], 16) + number) % 256:02x}"
