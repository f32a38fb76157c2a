"""What happens to broadcasts. Told after the commit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BroadcastStarted:
    """A message for a whole group waits to be worked off."""

    broadcast_id: int
    kind: str = "message"


@dataclass(frozen=True, slots=True)
class BroadcastCompleted:
    """Everybody in the group has had his share."""

    broadcast_id: int
    kind: str = "message"
