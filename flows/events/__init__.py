"""What happened in a sprint, in order: one frozen class per event of the flow specification."""

from __future__ import annotations

from flows.events.base import Event
from flows.events.contact import (
    ContactFieldChanged,
    ContactGroupsChanged,
    ContactLanguageChanged,
    ContactNameChanged,
    ContactSettingsChanged,
    ContactStatusChanged,
    ContactTimezoneChanged,
    ContactUrnsChanged,
)
from flows.events.message import (
    BroadcastCreated,
    InputLabelsAdded,
    MsgCreated,
    MsgReceivedEvent,
    MsgWait,
)
from flows.events.outside import (
    ClassifierCalled,
    EmailSent,
    ProfileChanged,
    SessionTriggered,
    SheetLinked,
    TicketNoteAdded,
    TicketOpened,
    WebhookCalled,
)
from flows.events.run import ExitTaken, NodeEntered, RunEnded, RunResultChanged, RunStarted
from flows.events.trouble import ErrorEvent, FailureEvent, WarningEvent

__all__ = [
    "BroadcastCreated",
    "ClassifierCalled",
    "ContactFieldChanged",
    "ContactGroupsChanged",
    "ContactLanguageChanged",
    "ContactNameChanged",
    "ContactSettingsChanged",
    "ContactStatusChanged",
    "ContactTimezoneChanged",
    "ContactUrnsChanged",
    "EmailSent",
    "ErrorEvent",
    "Event",
    "ExitTaken",
    "FailureEvent",
    "InputLabelsAdded",
    "MsgCreated",
    "MsgReceivedEvent",
    "MsgWait",
    "NodeEntered",
    "ProfileChanged",
    "RunEnded",
    "RunResultChanged",
    "RunStarted",
    "SessionTriggered",
    "SheetLinked",
    "TicketNoteAdded",
    "TicketOpened",
    "WarningEvent",
    "WebhookCalled",
]
