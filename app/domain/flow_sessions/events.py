"""What asks for work once it has been committed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InboxFilled:
    """A contact's inbox has an open row. Reaction: `nudges.nudge`."""

    contact_id: int


@dataclass(frozen=True, slots=True)
class EffectQueued:
    """A webhook is to be called. Reaction: job `webhooks.perform`."""

    effect_id: int


@dataclass(frozen=True, slots=True)
class GroupFlowStarted:
    """A group is to be led into a flow. Reaction: job `bulk.start_flow`."""

    broadcast_id: int
