"""Tags and what they are put on."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint

from app.core.table import OrgTable, json_list, reference


class Tag(OrgTable, table=True):
    """A word that staff or keywords put on contacts, messages and templates."""

    __tablename__ = "tags"
    __table_args__ = (
        UniqueConstraint("organization_id", "shortcode", "language_id", name="uq_tags_shortcode"),
    )

    label: str
    shortcode: str
    description: str | None = None
    color_code: str = "#0C976D"
    keywords: list[str] = json_list()
    is_active: bool = True
    is_reserved: bool = False
    is_value: bool = False
    language_id: int = reference("languages", nullable=False, on_delete="RESTRICT")
    parent_id: int | None = reference("tags", on_delete="SET NULL")


class ContactTag(OrgTable, table=True):
    """A tag on a contact."""

    __tablename__ = "contacts_tags"
    __table_args__ = (UniqueConstraint("contact_id", "tag_id", name="uq_contacts_tags_pair"),)

    contact_id: int = reference("contacts", nullable=False)
    tag_id: int = reference("tags", nullable=False, index=True)
    value: str | None = None


class MessageTag(OrgTable, table=True):
    """A tag on a message."""

    __tablename__ = "messages_tags"
    __table_args__ = (UniqueConstraint("message_id", "tag_id", name="uq_messages_tags_pair"),)

    message_id: int = reference("messages", nullable=False)
    tag_id: int = reference("tags", nullable=False, index=True)
    value: str | None = None
