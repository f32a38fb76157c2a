"""What happened to a flow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FlowPublished:
    """Sessions that begin from now on run `revision_id`."""

    flow_id: int
    revision_id: int
