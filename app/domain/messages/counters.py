"""How a message changes its contact: numbers, flags and the session window.

Pure, but for the row that is changed; the caller holds the contact's lock.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from app.models import Contact

#: What an inbound message makes of `bsp_status`: the window for free text is open.
_OPENED = {"none": "session", "hsm": "session_and_hsm"}


def count_inbound(contact: Contact, now: datetime) -> int:
    """The number of the message that came in; the organization now owes an answer."""
    contact.last_message_number += 1
    contact.last_message_at = now
    contact.last_communication_at = now
    contact.is_org_read = False
    contact.is_org_replied = False
    contact.is_contact_replied = True
    contact.bsp_status = _OPENED.get(contact.bsp_status, contact.bsp_status)
    return contact.last_message_number


def count_outbound(contact: Contact, now: datetime) -> int:
    """The number of the message that goes out; the contact now owes an answer."""
    contact.last_message_number += 1
    contact.last_communication_at = now
    contact.is_org_replied = True
    contact.is_contact_replied = False
    return contact.last_message_number


def is_new_sitting(contact: Contact, now: datetime, limit_min: int) -> bool:
    """Whether more than `limit_min` minutes passed since the contact last wrote."""
    if contact.session_uuid is None or contact.last_message_at is None:
        return True
    return now - contact.last_message_at > timedelta(minutes=limit_min)
