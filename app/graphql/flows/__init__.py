"""Flows and their revisions."""

from __future__ import annotations

from strawberry.tools import merge_types

from app.graphql.area import Area
from app.graphql.flows.mutations import FlowMutations
from app.graphql.flows.queries import FlowQueries
from app.graphql.flows.revisions import RevisionMutations, RevisionQueries

AREA = Area(
    query=merge_types("AllFlowQueries", (FlowQueries, RevisionQueries)),
    mutation=merge_types("AllFlowMutations", (FlowMutations, RevisionMutations)),
)
