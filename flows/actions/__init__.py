"""Actions, one file per type; `ACTIONS` has the readers."""

from __future__ import annotations

from flows.actions import (
    add_contact_groups,
    add_input_labels,
    call_webhook,
    enter_flow,
    remove_contact_groups,
    send_broadcast,
    send_interactive_msg,
    send_msg,
    set_contact_field,
    set_contact_language,
    set_contact_name,
    set_contact_status,
    set_contact_timezone,
    set_run_result,
    start_session,
    wait_for_result,
    wait_for_time,
)
from flows.actions.base import ACTIONS, Action
from flows.actions.unsupported import Unsupported, read_unsupported

__all__ = [
    "ACTIONS",
    "Action",
    "Unsupported",
    "add_contact_groups",
    "add_input_labels",
    "call_webhook",
    "enter_flow",
    "read_unsupported",
    "remove_contact_groups",
    "send_broadcast",
    "send_interactive_msg",
    "send_msg",
    "set_contact_field",
    "set_contact_language",
    "set_contact_name",
    "set_contact_status",
    "set_contact_timezone",
    "set_run_result",
    "start_session",
    "wait_for_result",
    "wait_for_time",
]
