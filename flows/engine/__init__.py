"""The state machine: start and resume."""

from __future__ import annotations

from flows.engine.resume import resume
from flows.engine.sprint import Sprint
from flows.engine.start import start

__all__ = ["Sprint", "resume", "start"]
