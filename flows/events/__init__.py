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
)
from flows.events.message import (
    BroadcastCreated,
    InputLabelsAdded,
    MsgCreated,
    MsgReceivedEvent,
    MsgWait,
)
from flows.events.outside import SessionTriggered, WebhookCalled
from flows.events.run import ExitTaken, NodeEntered, RunEnded, RunResultChanged, RunStarted
from flows.events.trouble import ErrorEvent, FailureEvent, WarningEvent

__all__ = [
    "BroadcastCreated",
    "ContactFieldChanged",
    "ContactGroupsChanged",
    "ContactLanguageChanged",
    "ContactNameChanged",
    "ContactSettingsChanged",
    "ContactStatusChanged",
    "ContactTimezoneChanged",
    "ErrorEvent",
    "Event",
    "ExitTaken",
    "FailureEvent",
    "InputLabelsAdded",
    "MsgCreated",
    "MsgReceivedEvent",
    "MsgWait",
    "NodeEntered",
    "RunEnded",
    "RunResultChanged",
    "RunStarted",
    "SessionTriggered",
    "WarningEvent",
    "WebhookCalled",
]
