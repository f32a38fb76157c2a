"""Rooms (XEP-0045, MUC Light): what outlives their occupants, and what was said in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from app.core.table import BIG, OrgTable, json_list, json_object, moment, moment_now, reference


class ChatRoom(OrgTable, table=True):
    """A room. `jid` is its bare address, on the accounts' domain or on a room service."""

    __tablename__ = "chat_rooms"
    __table_args__ = (UniqueConstraint("jid", name="uq_chat_rooms_jid"),)

    jid: str
    #: "muc" (XEP-0045) or "light" (MUC Light: members without presence).
    kind: str = "muc"
    name: str = ""
    #: What `app.domain.chat.rooms_config` reads; options that are absent have their defaults.
    config: dict[str, Any] = json_object()
    subject: str = ""
    #: The nick of who set the subject.
    subject_by: str = ""
    subject_at: datetime | None = moment()
    #: XEP-0045 10.1.1: nobody but the owner enters before the room is configured.
    is_locked: bool = False
    #: Which ownership of the room is in force: a node that was deposed writes in vain.
    epoch: int = Field(default=0, sa_type=BIG)
    #: MUC Light: changes with every change of the configuration or the affiliations.
    version: str = ""
    #: When somebody last entered or spoke.
    last_used_at: datetime | None = moment()
    #: The contact group whose members are the room's.
    group_id: int | None = reference("groups", on_delete="SET NULL", index=True)


class ChatRoomAffiliation(OrgTable, table=True):
    """XEP-0045 5.2: owner, admin, member or outcast. No row is no affiliation."""

    __tablename__ = "chat_room_affiliations"
    __table_args__ = (
        UniqueConstraint("room_id", "jid", name="uq_chat_room_affiliations_jid"),
        Index("ix_chat_room_affiliations_jid", "jid"),
    )

    room_id: int = reference("chat_rooms", nullable=False)
    #: A bare address, or for an outcast also a domain.
    jid: str
    affiliation: str
    reason: str = ""


class ChatRoomNick(OrgTable, table=True):
    """XEP-0045 7.10: a nick that is somebody's, in one room or in all rooms of a service."""

    __tablename__ = "chat_room_nicks"
    __table_args__ = (
        UniqueConstraint("place", "nick", name="uq_chat_room_nicks_nick"),
        UniqueConstraint("place", "jid", name="uq_chat_room_nicks_jid"),
    )

    #: The room's address, or the service's.
    place: str
    jid: str
    nick: str
    room_id: int | None = reference("chat_rooms", index=True)


class ChatRoomSubscriber(OrgTable, table=True):
    """MUC/Sub: who hears of a room without being in it."""

    __tablename__ = "chat_room_subscribers"
    __table_args__ = (
        UniqueConstraint("room_id", "jid", name="uq_chat_room_subscribers_jid"),
        Index("ix_chat_room_subscribers_jid", "jid"),
    )

    room_id: int = reference("chat_rooms", nullable=False)
    jid: str
    nick: str
    #: What is heard of: `urn:xmpp:mucsub:nodes:messages` and its like.
    nodes: list[str] = json_list()


class ChatRoomBlock(OrgTable, table=True):
    """MUC Light blocking: rooms, or people, by whom an account is not to be added anywhere."""

    __tablename__ = "chat_room_blocks"
    __table_args__ = (UniqueConstraint("owner", "what", "jid", name="uq_chat_room_blocks_jid"),)

    #: The bare address of who blocks.
    owner: str
    #: "user" or "room".
    what: str
    jid: str


class ChatRoomArchive(OrgTable, table=True):
    """One message as the room sent it to its occupants, without `to`."""

    __tablename__ = "chat_room_archive"
    __table_args__ = (
        UniqueConstraint("room_id", "stanza_id", name="uq_chat_room_archive_stanza_id"),
        Index("ix_chat_room_archive_order", "room_id", "id"),
        # What one person said, in all rooms: personal data, and the end of an account.
        Index("ix_chat_room_archive_sender", "sender", "id"),
    )

    room_id: int = reference("chat_rooms", nullable=False)
    stanza_id: str
    nick: str
    #: The bare address of who said it; occupants are not shown it.
    sender: str
    sent_at: datetime = moment_now()
    stanza: str
