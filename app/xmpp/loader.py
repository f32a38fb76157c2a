"""Which modules a host runs, in this order. A test compares the list with the folder."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Final

from app.xmpp.module import Host

#: Files of `app/xmpp/modules`, set up from first to last.
MODULES: Final[tuple[str, ...]] = (
    "disco",
    "sm",
    "csi",
    "sasl2",
    "fast",
    "bind2",
    "ping",
    "about",
    "gate",
    "blocking",
    "privacy",
    "vcard_temp",
    "receipts",
    "chat_states",
    "markers",
    "hints",
    "invitations",
    "corrections",
    "retractions",
    "reactions",
    "replies",
    "fallbacks",
    "roster",
    "presence",
    "subscriptions",
    "caps",
    "pubsub",
    "private_storage",
    "last_activity",
    "muc",
    "muclight",
    "archive",
    "archive_query",
    "inbox",
    "push",
    "upload",
    "registration",
    "carbons",
    "bot",
    "offline",
)


def load(host: Host, names: Sequence[str] = MODULES) -> None:
    """Every named module takes part in the host."""
    for name in names:
        import_module(f"app.xmpp.modules.{name}").setup(host)
