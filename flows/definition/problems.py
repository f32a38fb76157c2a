"""What is wrong with a flow, for its author (semantics 11, publishFlow)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["Critical", "Warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. `message` is what Glific's frontend shows; `code` is for programs.

    `position` counts the characters of an expression from zero, where one could not be read.
    """

    severity: Severity
    code: str
    message: str
    node_uuid: str | None = None
    action_uuid: str | None = None
    position: int | None = None

    @property
    def is_critical(self) -> bool:
        """Whether the flow should not be published."""
        return self.severity == "Critical"
