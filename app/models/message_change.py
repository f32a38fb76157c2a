"""What people did to messages that were there: they corrected, withdrew and reacted to them."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint

from app.core.table import OrgTable, json_list, reference


class MessageRevision(OrgTable, table=True):
    """What a message said until it was changed. The row's own moment is that of the change."""

    __tablename__ = "message_revisions"
    __table_args__ = (
        UniqueConstraint("message_id", "external_id", name="uq_message_revisions_external_id"),
    )

    message_id: int = reference("messages", nullable=False)
    body: str | None = None
    #: correction (XEP-0308) or retraction (XEP-0424)
    kind: str
    #: The id of the stanza that changed it, so that one that comes twice changes it once.
    external_id: str


class MessageReaction(OrgTable, table=True):
    """Everything that one contact feels about a message (XEP-0444): the last word replaces all."""

    __tablename__ = "message_reactions"
    __table_args__ = (
        UniqueConstraint("message_id", "contact_id", name="uq_message_reactions_contact_id"),
    )

    message_id: int = reference("messages", nullable=False)
    contact_id: int = reference("contacts", nullable=False, index=True)
    emojis: list[str] = json_list()
