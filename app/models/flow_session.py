"""Running flows: the session, its inbox, its timers and its effects.

One row of `contact_inbox` is one sprint is one transaction; `design/flow_engine` calls the rest.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from app.core.table import JSON, OrgTable, json_object, moment, moment_now, reference


class FlowSession(OrgTable, table=True):
    """One conversation of one contact. At most one waits in the foreground."""

    __tablename__ = "flow_sessions"
    __table_args__ = (
        UniqueConstraint("uuid", name="uq_flow_sessions_uuid"),
        Index(
            "uq_flow_sessions_foreground",
            "contact_id",
            unique=True,
            postgresql_where=text("status = 'waiting' AND NOT is_background"),
        ),
        Index("ix_flow_sessions_contact", "contact_id", "id"),
    )

    uuid: str
    contact_id: int = reference("contacts", nullable=False)
    flow_id: int | None = reference("flows", on_delete="SET NULL")
    #: waiting, completed, failed, interrupted, expired
    status: str = "waiting"
    state: dict[str, Any] = json_object()
    state_version: int = 1
    #: msg, time, result, effect; None once it has ended
    wait_kind: str | None = None
    wait_token: str | None = None
    timeout_at: datetime | None = moment()
    expires_at: datetime | None = moment()
    current_node_uuid: str | None = None
    is_background: bool = False
    #: Runs the newest draft instead of the published revision (previews).
    is_draft: bool = False
    broadcast_id: int | None = reference("broadcasts", on_delete="SET NULL")
    started_at: datetime = moment_now()
    ended_at: datetime | None = moment()
    end_reason: str | None = None


class ContactInbox(OrgTable, table=True):
    """What a contact's conversation still has to hear, in order of `id`.

    `kind` is message, start, effect, timeout, time, result, expire or interrupt.
    """

    __tablename__ = "contact_inbox"
    __table_args__ = (
        UniqueConstraint("organization_id", "dedupe_key", name="uq_contact_inbox_dedupe_key"),
        Index(
            "ix_contact_inbox_open", "contact_id", "id", postgresql_where=text("done_at IS NULL")
        ),
        Index("ix_contact_inbox_stale", "inserted_at", postgresql_where=text("done_at IS NULL")),
    )

    contact_id: int = reference("contacts", nullable=False)
    kind: str
    dedupe_key: str
    payload: dict[str, Any] = json_object()
    #: Kept aside until then, for example while a webhook is out.
    not_before: datetime | None = moment()
    attempts: int = 0
    error: str | None = None
    done_at: datetime | None = moment()


class ContactFire(OrgTable, table=True):
    """A timer of a session. It is dropped when its token is no longer the session's."""

    __tablename__ = "contact_fires"
    __table_args__ = (
        UniqueConstraint("session_id", "kind", name="uq_contact_fires_kind"),
        Index("ix_contact_fires_due", "fire_at"),
    )

    contact_id: int = reference("contacts", nullable=False)
    session_id: int = reference("flow_sessions", nullable=False)
    #: timeout, time, expire, effect_deadline
    kind: str
    token: str
    fire_at: datetime = moment_now()


class FlowEffect(OrgTable, table=True):
    """A call to the outside that a session waits for. `uuid` is its idempotency key."""

    __tablename__ = "flow_effects"
    __table_args__ = (
        UniqueConstraint("uuid", name="uq_flow_effects_uuid"),
        Index(
            "ix_flow_effects_open",
            "id",
            postgresql_where=text("status IN ('pending', 'running')"),
        ),
        # How many of an organization are out is counted at every claim.
        Index(
            "ix_flow_effects_running",
            "organization_id",
            postgresql_where=text("status = 'running'"),
        ),
    )

    uuid: str
    contact_id: int = reference("contacts", nullable=False)
    session_id: int = reference("flow_sessions", nullable=False)
    flow_id: int | None = reference("flows", on_delete="SET NULL")
    token: str
    kind: str = "webhook"
    request: dict[str, Any] = json_object()
    response: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    #: pending, running, done, failed
    status: str = "pending"
    attempts: int = 0
    #: While running: until when nobody else may take it.
    leased_until: datetime | None = moment()
    deadline_at: datetime = moment_now()
