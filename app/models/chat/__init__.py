"""Tables of the chat server."""

from __future__ import annotations

from app.models.chat.account import ChatAccount
from app.models.chat.account_data import (
    ChatArchivePreference,
    ChatLastActivity,
    ChatPrivacyList,
    ChatPrivate,
    ChatPushSession,
    ChatVcard,
)
from app.models.chat.archive import ChatArchive
from app.models.chat.domain import ChatDomain
from app.models.chat.fast_token import ChatFastToken
from app.models.chat.inbox import ChatInboxEntry
from app.models.chat.pubsub import ChatPubsubItem, ChatPubsubNode
from app.models.chat.room import (
    ChatRoom,
    ChatRoomAffiliation,
    ChatRoomArchive,
    ChatRoomBlock,
    ChatRoomNick,
    ChatRoomSubscriber,
)
from app.models.chat.roster import RosterItem
from app.models.chat.shared_group import ChatSharedGroup
from app.models.chat.spool import ChatSpool
from app.models.chat.upload import ChatUpload

__all__ = [
    "ChatAccount",
    "ChatArchive",
    "ChatArchivePreference",
    "ChatDomain",
    "ChatFastToken",
    "ChatInboxEntry",
    "ChatLastActivity",
    "ChatPrivacyList",
    "ChatPrivate",
    "ChatPubsubItem",
    "ChatPubsubNode",
    "ChatPushSession",
    "ChatRoom",
    "ChatRoomAffiliation",
    "ChatRoomArchive",
    "ChatRoomBlock",
    "ChatRoomNick",
    "ChatRoomSubscriber",
    "ChatSharedGroup",
    "ChatSpool",
    "ChatUpload",
    "ChatVcard",
    "RosterItem",
]
