"""Tests of flows."""

from __future__ import annotations

from app.graphql.area import Area
from app.graphql.flow_tests.mutations import FlowTestMutations
from app.graphql.flow_tests.queries import FlowTestQueries

AREA = Area(query=FlowTestQueries, mutation=FlowTestMutations)
