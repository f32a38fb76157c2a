"""Personal eventing (XEP-0163): an account's nodes and what is published there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint

from app.core.table import OrgTable, json_list, moment_now, reference


class ChatPubsubNode(OrgTable, table=True):
    """A node. `access` is open, presence or whitelist (XEP-0060 4.5)."""

    __tablename__ = "chat_pubsub_nodes"
    __table_args__ = (UniqueConstraint("account_id", "name", name="uq_chat_pubsub_nodes_name"),)

    account_id: int = reference("chat_accounts", nullable=False)
    name: str
    title: str = ""
    access: str = "presence"
    max_items: int = 1
    is_persistent: bool = True
    #: XEP-0060 8.1.3: never, on_sub or on_sub_and_presence.
    send_last: str = "on_sub_and_presence"
    is_notified_of_retract: bool = True
    #: Bare addresses that may read a node of access whitelist.
    whitelist: list[str] = json_list()


class ChatPubsubItem(OrgTable, table=True):
    """One item. The newest have the highest `id`; publishing an item again makes it the newest."""

    __tablename__ = "chat_pubsub_items"
    __table_args__ = (
        UniqueConstraint("node_id", "item_id", name="uq_chat_pubsub_items_item_id"),
        Index("ix_chat_pubsub_items_order", "node_id", "id"),
    )

    node_id: int = reference("chat_pubsub_nodes", nullable=False)
    item_id: str
    publisher: str
    published_at: datetime = moment_now()
    #: XML of the one payload, "" for an item without.
    payload: str = ""
