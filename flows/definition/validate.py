"""Publish-time problems (semantics 11, publishFlow)."""

from __future__ import annotations

from flows.assets import Assets
from flows.definition.flow import Flow
from flows.definition.problems import Problem


def validate(flow: Flow, assets: Assets) -> tuple[Problem, ...]:
    """Give all that an author should know before publishing, critical ones first."""
    return flow.problems
