"""What is wrong with a flow, for its author (semantics 11, publishFlow)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["Critical", "Warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. `message` is what Glific's frontend shows; `code` is for programs."""

    severity: Severity
    code: str
    message: str
    node_uuid: str | None = None
