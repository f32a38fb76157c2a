"""The caller's faults. What a flow's author or a contact does wrong is an event, never an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flows.definition.problems import Problem


class FlowError(Exception):
    """Something that the host asked for cannot be."""


class FlowInvalid(FlowError):
    """A definition that cannot be run; `problems` says why, critical ones first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(problem.message for problem in problems))


class StimulusRejected(FlowError):
    """The session does not wait for that. Its state is as it was."""


class StaleStimulus(StimulusRejected):
    """The stimulus carries the token of an earlier wait. Drop it."""


class StateUnreadable(FlowError):
    """A stored state of a version, or with a shape, that this engine does not know."""
