"""Tables of the chat server."""

from __future__ import annotations

from app.models.chat.account import ChatAccount
from app.models.chat.archive import ChatArchive
from app.models.chat.room import (
    ChatRoom,
    ChatRoomAffiliation,
    ChatRoomArchive,
    ChatRoomBlock,
    ChatRoomNick,
    ChatRoomSubscriber,
)
from app.models.chat.roster import RosterItem
from app.models.chat.spool import ChatSpool

__all__ = [
    "ChatAccount",
    "ChatArchive",
    "ChatRoom",
    "ChatRoomAffiliation",
    "ChatRoomArchive",
    "ChatRoomBlock",
    "ChatRoomNick",
    "ChatRoomSubscriber",
    "ChatSpool",
    "RosterItem",
]
