"""Rooms (XEP-0045): what outlives their occupants, and what was said in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint

from app.core.table import OrgTable, moment_now, reference


class ChatRoom(OrgTable, table=True):
    """A room. `jid` is its bare address, `group-{uuid}@{domain}`."""

    __tablename__ = "chat_rooms"
    __table_args__ = (UniqueConstraint("jid", name="uq_chat_rooms_jid"),)

    jid: str
    name: str = ""
    subject: str = ""
    #: The nick of who set the subject.
    subject_by: str = ""
    #: The contact group of the same uuid.
    group_id: int | None = reference("groups", on_delete="SET NULL", index=True)


class ChatRoomAffiliation(OrgTable, table=True):
    """XEP-0045 5.2: owner, admin, member or outcast. No row is no affiliation."""

    __tablename__ = "chat_room_affiliations"
    __table_args__ = (UniqueConstraint("room_id", "jid", name="uq_chat_room_affiliations_jid"),)

    room_id: int = reference("chat_rooms", nullable=False)
    #: A bare address.
    jid: str
    affiliation: str


class ChatRoomArchive(OrgTable, table=True):
    """One message as the room sent it to its occupants, without `to`."""

    __tablename__ = "chat_room_archive"
    __table_args__ = (
        UniqueConstraint("room_id", "stanza_id", name="uq_chat_room_archive_stanza_id"),
        Index("ix_chat_room_archive_order", "room_id", "id"),
    )

    room_id: int = reference("chat_rooms", nullable=False)
    stanza_id: str
    nick: str
    #: The bare address of who said it; occupants are not shown it.
    sender: str
    sent_at: datetime = moment_now()
    stanza: str
