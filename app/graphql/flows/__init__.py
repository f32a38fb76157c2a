"""Flows."""

from __future__ import annotations

from app.graphql.area import Area
from app.graphql.flows.mutations import FlowMutations
from app.graphql.flows.queries import FlowQueries

AREA = Area(query=FlowQueries, mutation=FlowMutations)
