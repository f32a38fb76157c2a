"""Refusals of contacts, in the words that staff read."""

from __future__ import annotations

from app.core.errors import Refused

RESOURCE = "Elixir.Glific.Contacts.Contact"


class OwnContact(Refused):
    """The organization's own contact is the sender of everything and stays."""

    def __init__(self, contact_id: int | None, deed: str) -> None:
        super().__init__(
            f"Sorry, this is your chatbot number and hence cannot be {deed}.",
            key=f"{RESOURCE} {contact_id}",
        )


class SimulatorContact(Refused):
    """The simulators belong to the installation and stay."""

    def __init__(self, contact_id: int | None, deed: str) -> None:
        super().__init__(
            f"Sorry, this is a simulator number and hence cannot be {deed}.",
            key=f"{RESOURCE} {contact_id}",
        )


class BlockedContact(Refused):
    """A blocked contact is unblocked before anything else is done with it."""

    def __init__(self, contact_id: int | None) -> None:
        super().__init__(
            "The contact is blocked. Unblock it first.", key=f"{RESOURCE} {contact_id}"
        )
