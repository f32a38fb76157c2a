"""What happens in the chat server that other processes must hear of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpoolFilled:
    """Stanzas wait for this account; a gateway that holds its sessions should take them."""

    account_id: int


@dataclass(frozen=True, slots=True)
class RoomChanged:
    """Options, subject, affiliations or nicks of a room are others than before."""

    room: str
    #: The node that changed it by itself and has told its occupants; "" for everybody else.
    origin: str = ""


@dataclass(frozen=True, slots=True)
class RoomDestroyed:
    """The room is gone; its occupants are to be told why, and where to go instead."""

    room: str
    reason: str = ""
    alternate: str = ""
    origin: str = ""
