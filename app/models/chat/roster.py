"""Rosters (RFC 6121 2)."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint

from app.core.table import OrgTable, json_list, reference


class RosterItem(OrgTable, table=True):
    """One entry. `subscription` is none, to, from or both; `ask` and `pending_in` are requests."""

    __tablename__ = "chat_roster_items"
    __table_args__ = (
        UniqueConstraint("account_id", "jid", name="uq_chat_roster_items_jid"),
        Index("ix_chat_roster_items_jid", "jid"),
    )

    account_id: int = reference("chat_accounts", nullable=False)
    jid: str
    name: str | None = None
    subscription: str = "none"
    #: We asked and wait for the answer.
    ask: bool = False
    #: They asked and wait for ours; without more the entry is not shown (RFC 6121 3.1.3).
    pending_in: bool = False
    #: We said yes before they asked (RFC 6121 3.4).
    is_approved: bool = False
    #: Their request as it came, shown again at each login until it is answered (RFC 6121 3.1.3).
    request: str | None = None
    groups: list[str] = json_list()
    #: False for what only remembers a request of theirs.
    is_listed: bool = True
