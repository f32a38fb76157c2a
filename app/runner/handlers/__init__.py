"""One handler for every event of the engine: event class -> what becomes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from app.runner.handlers import contact, message, outside, run, trouble
from app.runner.scene import Scene
from flows import Event, events

Handler = Callable[[Scene, Any], Awaitable[None]]


async def nothing(scene: Scene, event: Event) -> None:
    """The rows that this event is about are written elsewhere: session, inbox, webhook log."""


HANDLERS: dict[type[Event], Handler] = {
    events.BroadcastCreated: outside.send_broadcast,
    events.ClassifierCalled: nothing,
    events.ContactFieldChanged: contact.change_field,
    events.ContactGroupsChanged: contact.change_groups,
    events.ContactLanguageChanged: contact.change_language,
    events.ContactNameChanged: contact.change_name,
    events.ContactSettingsChanged: contact.change_settings,
    events.ContactStatusChanged: contact.change_status,
    events.ContactTimezoneChanged: contact.change_timezone,
    events.ContactUrnsChanged: nothing,
    events.EmailSent: nothing,
    events.ErrorEvent: trouble.tell_error,
    events.ExitTaken: run.count_exit,
    events.FailureEvent: trouble.tell_failure,
    events.InputLabelsAdded: message.label_input,
    events.MsgCreated: message.create_message,
    events.MsgReceivedEvent: message.receive_message,
    events.MsgWait: nothing,
    events.NodeEntered: run.count_node,
    events.ProfileChanged: nothing,
    events.RunEnded: run.end_run,
    events.RunResultChanged: run.change_result,
    events.RunStarted: run.start_run,
    events.SessionTriggered: outside.trigger_sessions,
    events.SheetLinked: nothing,
    events.TicketNoteAdded: outside.add_ticket_note,
    events.TicketOpened: outside.open_ticket,
    events.WarningEvent: trouble.tell_error,
    events.WebhookCalled: nothing,
}
