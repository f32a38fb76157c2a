"""What a call of the engine gives back."""

from __future__ import annotations

from dataclasses import dataclass

from flows.contact import Contact
from flows.effects import Effect
from flows.events import Event
from flows.session import SessionState
from flows.trace import TraceEntry
from flows.waits import Wait


@dataclass(frozen=True, slots=True)
class Sprint:
    """One step of a session, from a stimulus to the next wait or the end.

    The host applies `events` in order, stores `state`, and carries out `effects`, all in one
    transaction. `contact` is the snapshot after the events. `wait` is `state.wait`; None means that the
    session has ended.
    """

    state: SessionState
    contact: Contact
    events: tuple[Event, ...]
    effects: tuple[Effect, ...]
    #: How it came about; empty unless the environment asks for it.
    trace: tuple[TraceEntry, ...] = ()

    @property
    def wait(self) -> Wait | None:
        return self.state.wait
