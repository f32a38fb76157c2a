"""What may be sent to a contact, and agreeing to it or not.

The window: for `contact_window_h` hours after a message came in, anything may be sent. Outside
it only templates, and only to those who opted in. `bsp_status` says both in one word.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from app.core.context import Ctx
from app.domain.contacts import history
from app.domain.contacts.errors import BlockedContact
from app.domain.contacts.events import ContactOptedIn, ContactOptedOut, ContactUpdated
from app.models import Contact

CLOSED = "Sorry! 24 hrs window closed. Your message cannot be sent at this time."
NOT_VALID = "Contact status is not valid."
NOT_OPTED_IN = "Cannot send hsm message to contact, not opted in."

#: bsp_status -> the same with the window open.
_OPENED = {
    "none": "session",
    "session": "session",
    "hsm": "session_and_hsm",
    "session_and_hsm": "session_and_hsm",
}


def opened(bsp_status: str) -> str:
    """`bsp_status` once a message has come in."""
    return _OPENED[bsp_status]


def may_send(ctx: Ctx, contact: Contact) -> str | None:
    """Why no free-form message may go to `contact`, or None when it may. Simulators always qualify."""
    if contact.is_simulator:
        return None
    if contact.status != "valid":
        return NOT_VALID
    return None if contact.bsp_status in ("session", "session_and_hsm") else CLOSED


def may_send_template(ctx: Ctx, contact: Contact) -> str | None:
    """Why no template may go to `contact`, or None when it may."""
    if contact.is_simulator:
        return None
    if contact.status != "valid":
        return NOT_VALID
    return None if contact.optin_time is not None else NOT_OPTED_IN


async def opt_in(ctx: Ctx, contact: Contact, method: str, *, at: datetime | None = None) -> Contact:
    """The contact may be written to; an earlier opt-out is forgotten.

    Emits ContactOptedIn, unless he was in already. Raises BlockedContact.
    """
    if contact.status == "blocked":
        raise BlockedContact(contact.id)
    if contact.optin_status and contact.optout_time is None:
        return contact
    contact.optin_time = at or ctx.clock.now()
    contact.optin_status = True
    contact.optin_method = method
    contact.optout_time = None
    contact.optout_method = None
    contact.status = "valid"
    contact.bsp_status = "session_and_hsm" if is_window_open(ctx, contact) else "hsm"
    await ctx.session.flush()
    history.record(ctx, _id(contact), "contact_opted_in", "Contact opted in", {"method": method})
    ctx.emit(ContactOptedIn(_id(contact), method))
    ctx.emit(ContactUpdated(_id(contact), ("optin_time", "status", "bsp_status")))
    return contact


async def opt_out(ctx: Ctx, contact: Contact, method: str) -> Contact:
    """Nothing more is sent to the contact until he opts in again.

    Emits ContactOptedOut, unless he was out already. A blocked contact stays blocked.
    """
    if contact.optout_time is not None:
        return contact
    contact.optin_time = None
    contact.optin_status = False
    contact.optin_method = None
    contact.optin_message_id = None
    contact.optout_time = ctx.clock.now()
    contact.optout_method = method
    contact.status = "blocked" if contact.status == "blocked" else "invalid"
    contact.bsp_status = "none"
    await ctx.session.flush()
    history.record(ctx, _id(contact), "contact_opted_out", "Contact opted out", {"method": method})
    ctx.emit(ContactOptedOut(_id(contact), method))
    ctx.emit(ContactUpdated(_id(contact), ("optout_time", "status", "bsp_status")))
    return contact


def is_window_open(ctx: Ctx, contact: Contact) -> bool:
    """Whether a message came in within the last `contact_window_h` hours."""
    if contact.last_message_at is None:
        return False
    window = timedelta(hours=ctx.services.config.contact_window_h)
    return ctx.clock.now() - contact.last_message_at < window


def _id(contact: Contact) -> int:
    assert contact.id is not None, "only contacts that have been stored opt in or out"
    return contact.id
