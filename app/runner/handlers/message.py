"""Messages that the flow sends, and what it says of those it took."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.domain.messages.service import OutboundMessage
from app.runner.scene import Scene
from flows.events import InputLabelsAdded, MsgCreated, MsgReceivedEvent


async def create_message(scene: Scene, event: MsgCreated) -> None:
    """The message goes out in its place. Its uuid is the event's: a sprint that runs twice sends once."""
    made = outbound_of(
        scene.contact_id,
        event.text,
        event.attachments,
        event.quick_replies,
        uuid=event.msg_uuid,
        flow_id=scene.flow_id(event.flow_uuid),
    )
    scene.outgoing += [
        replace(
            one,
            node_uuid=event.node_uuid,
            broadcast_id=scene.session.broadcast_id,
            flow_label=", ".join(label.name for label in event.labels) or None,
        )
        for one in made
    ]
    first = len(scene.outgoing) - len(made)
    kind = event.kind if event.kind != "text" else scene.outgoing[first].kind
    structure = scene.outgoing[first].interactive_content
    if event.interactive is not None:
        structure = dict(event.interactive)
    scene.outgoing[first] = replace(
        scene.outgoing[first],
        kind=kind,
        interactive_content=structure,
        is_hsm=event.template is not None,
    )


def outbound_of(
    contact_id: int,
    text: str,
    attachments: tuple[str, ...],
    quick_replies: tuple[str, ...],
    *,
    uuid: str,
    flow_id: int | None,
) -> list[OutboundMessage]:
    """The message and, for each attachment after the first, one that follows it."""
    first, *more = attachments or ("",)
    kind, url, media_type = _media(first)
    head = OutboundMessage(
        contact_id=contact_id,
        body=text,
        kind="quick_reply" if quick_replies else kind or "text",
        uuid=uuid,
        flow_id=flow_id,
        media_url=url,
        media_type=media_type,
        caption=text if url else None,
        interactive_content=_buttons(text, quick_replies),
    )
    return [head, *(_follower(head, number, item) for number, item in enumerate(more, start=1))]


def _follower(head: OutboundMessage, number: int, attachment: str) -> OutboundMessage:
    kind, url, media_type = _media(attachment)
    return OutboundMessage(
        contact_id=head.contact_id,
        body="",
        kind=kind or "document",
        uuid=_following(head.uuid or "", number),
        flow_id=head.flow_id,
        media_url=url,
        media_type=media_type,
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


def _buttons(text: str, quick_replies: tuple[str, ...]) -> dict[str, Any] | None:
    if not quick_replies:
        return None
    return {
        "type": "quick_reply",
        "content": {"type": "text", "text": text},
        "options": [{"type": "text", "title": title} for title in quick_replies],
    }


def _following(uuid: str, number: int) -> str:
    """A uuid that is as foreseeable as the first attachment's."""
    return f"{uuid[:-2]}{(int(uuid[-2:], 16) + number) % 256:02x}"
