"""Something outside of the session was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from flows.events.base import Event
from flows.triggers import History
from flows.values import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCalled(Event):
    """A webhook answered, or did not: `status` is success, response_error or connection_error."""

    type: ClassVar[str] = "webhook_called"

    effect_uuid: str
    url: str
    status: str
    status_code: int
    response: str = ""
    elapsed_ms: int = 0
    method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTriggered(Event):
    """Other contacts and groups are to start a flow, each with FlowTrigger(run_summary, history)."""

    type: ClassVar[str] = "session_triggered"

    target_flow_uuid: str
    target_flow_name: str
    contacts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    urns: tuple[str, ...] = ()
    create_contact: bool = False
    exclude_in_a_flow: bool = False
    contact_query: str = ""
    run_summary: Mapping[str, Json] = field(default_factory=dict)
    history: History = History()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierCalled(Event):
    """A classifier answered, or did not: `status` is success or failure."""

    type: ClassVar[str] = "classifier_called"

    effect_uuid: str
    classifier_uuid: str
    classifier_name: str
    input: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailSent(Event):
    """A mail went out."""

    type: ClassVar[str] = "email_sent"

    to: tuple[str, ...]
    subject: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOpened(Event):
    """The contact has a ticket now. Its uuid is fixed by the engine: applied twice it is one ticket.

    `topic` and `assignee` are (uuid, name); a topic without a uuid is the host's default one.
    """

    type: ClassVar[str] = "ticket_opened"

    ticket_uuid: str
    topic: tuple[str, str]
    assignee: tuple[str, str] | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketNoteAdded(Event):
    """A note on a ticket, for staff."""

    type: ClassVar[str] = "ticket_note_added"

    ticket_uuid: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLinked(Event):
    """A sheet was read (`action` read_sheet) or written to; `status` is success or failure."""

    type: ClassVar[str] = "sheet_linked"

    effect_uuid: str
    sheet_id: str
    action: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChanged(Event):
    """Another profile of the contact is in use, or one was made or ended (Glific)."""

    type: ClassVar[str] = "contact_profile_changed"

    effect_uuid: str
    change: str
    profile: Mapping[str, Json] = field(default_factory=dict)
