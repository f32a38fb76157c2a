"""The state machine: start and resume."""

from __future__ import annotations

from flows.assets import Assets
from flows.contact import Contact
from flows.engine.sprint import Sprint
from flows.environment import Environment
from flows.session import SessionState
from flows.stimuli import Stimulus
from flows.triggers import Trigger

__all__ = ["Sprint", "resume", "start"]


def start(assets: Assets, contact: Contact, trigger: Trigger, env: Environment) -> Sprint:
    """Begin a session of the trigger's flow and go until the first wait or the end.

    A flow that `assets` does not know gives a failed session (end_reason flow_missing), no error.
    """
    raise AssertionError("filled within minutes")


def resume(
    state: SessionState, assets: Assets, contact: Contact, stimulus: Stimulus, env: Environment
) -> Sprint:
    """Go on from the session's wait until the next one or the end.

    Raises StaleStimulus for the token of an earlier wait or an ended session, StimulusRejected for a
    stimulus that this wait cannot take (a message during an effect). The state is unchanged then.
    """
    raise AssertionError("filled within minutes")
