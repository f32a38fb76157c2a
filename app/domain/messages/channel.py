"""The port through which a message leaves. `app.channels` fills the register."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Protocol

from app.core.context import Ctx
from app.models import Contact, Message


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a channel says: it took the message, or why it could not."""

    is_sent: bool
    reason: str = ""


class Channel(Protocol):
    """One way to reach a person."""

    #: Whether sending is nothing but rows of this database, so that it may be part of the
    #: transaction that makes the message. False for whatever speaks to another system.
    is_local: bool

    async def send(self, ctx: Ctx, message: Message, contact: Contact) -> Receipt:
        """Take the message over, or say why not. Takes the same message twice without harm."""
        ...


#: Name -> channel. Importing `app.channels` fills it.
CHANNELS: dict[str, Channel] = {}


def channel_for(contact: Contact) -> Channel:
    """The channel that reaches `contact`."""
    if not CHANNELS:
        # Here and not above: the channels stand on the chat domain, which stands on messages.
        importlib.import_module("app.channels")
    return CHANNELS["simulator" if contact.is_simulator else "xmpp"]
