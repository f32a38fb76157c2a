"""What happens in the chat server that other processes must hear of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


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


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """What gateways remember of this account is no longer so: its lists, card or preferences."""

    account: str


@dataclass(frozen=True, slots=True)
class RosterChanged:
    """An entry was changed by another process than a gateway; interested clients are pushed it."""

    account: str
    version: int
    #: The fields of `roster.Entry`.
    entry: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PushDue:
    """Something came for an account that has push sessions and no resource that could take it."""

    account_id: int


@dataclass(frozen=True, slots=True)
class TypingChanged:
    """The organization writes to an account, or has stopped (XEP-0085). Worth nothing later."""

    account_id: int
    sender: str
    #: composing, paused
    state: str
