"""What message verbs refuse."""

from __future__ import annotations

from app.core.errors import Refused


class EmptyMessage(Refused):
    """There is nothing to send."""

    def __init__(self) -> None:
        super().__init__("Could not send message with empty body")


class MessageTooLong(Refused):
    """The body passes the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"Message body cannot be longer than {limit} characters")


class WrongParameters(Refused):
    """The template has more or fewer parameters than were given."""

    def __init__(self) -> None:
        super().__init__("You need to provide correct number of parameters for hsm template")


class MediaMissing(Refused):
    """The template carries media, and none was given."""

    def __init__(self) -> None:
        super().__init__("Please provide media for media template.")


class EmptyGroup(Refused):
    """A message to nobody."""

    def __init__(self) -> None:
        super().__init__("The group has no members")
