"""Messages in both directions, and their media."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from app.core.table import BIG, JSON, OrgTable, moment, reference


class MessageMedia(OrgTable, table=True):
    """A picture, sound, film or document that a message carries."""

    __tablename__ = "messages_media"

    url: str
    source_url: str
    thumbnail: str | None = None
    caption: str | None = None
    content_type: str | None = None
    provider_media_id: str | None = None


class Message(OrgTable, table=True):
    """One message. `contact_id` is always the beneficiary, whichever way it went.

    `uuid` is the idempotency key of what goes out: the stanza's id on the wire, and it is drawn
    from the flow's own event, so that a step that runs twice cannot send twice.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("organization_id", "uuid", name="uq_messages_uuid"),
        UniqueConstraint("organization_id", "bsp_message_id", name="uq_messages_bsp_message_id"),
        Index(
            "uq_messages_number",
            "contact_id",
            "message_number",
            unique=True,
            postgresql_where=text("group_id IS NULL"),
        ),
        Index("ix_messages_group_number", "group_id", "message_number"),
        Index(
            "ix_messages_due",
            "contact_id",
            "message_number",
            postgresql_where=text("status = 'enqueued'"),
        ),
        Index(
            "ix_messages_body_trgm",
            "body",
            postgresql_using="gin",
            postgresql_ops={"body": "gin_trgm_ops"},
        ),
    )

    uuid: str
    body: str | None = None
    #: inbound or outbound, seen from the organization
    flow: str
    #: text, image, audio, video, document, location, sticker, contact, quick_reply, list, hsm
    type: str = "text"
    #: enqueued, sent, delivered, read, received, error, contact_opt_out
    status: str = "enqueued"
    #: What the channel last told us of it, same words.
    bsp_status: str | None = None
    #: The id that the channel gave; for an inbound stanza its own id, unique by sender.
    bsp_message_id: str | None = None
    sender_id: int = reference("contacts", nullable=False)
    receiver_id: int = reference("contacts", nullable=False)
    contact_id: int = reference("contacts", nullable=False)
    user_id: int | None = reference("users", on_delete="SET NULL", index=True)
    message_number: int = Field(sa_type=BIG)
    media_id: int | None = reference("messages_media", on_delete="SET NULL")
    is_hsm: bool = False
    template_id: int | None = reference("session_templates", on_delete="SET NULL")
    params: list[str] | None = Field(default=None, sa_type=JSON)
    #: Quick replies and other structure for clients that show buttons.
    interactive_content: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    flow_id: int | None = reference("flows", on_delete="SET NULL")
    node_uuid: str | None = None
    flow_label: str | None = None
    #: Set only on the row that stands for a message to a whole group.
    group_id: int | None = reference("groups")
    #: On each copy: the row that stands for the whole.
    group_message_id: int | None = reference("messages", on_delete="SET NULL")
    broadcast_id: int | None = reference("broadcasts", on_delete="SET NULL", index=True)
    context_message_id: int | None = reference("messages", on_delete="SET NULL")
    session_uuid: str | None = None
    errors: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    send_at: datetime | None = moment()
    sent_at: datetime | None = moment()
