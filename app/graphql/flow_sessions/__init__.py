"""Sessions of flows, with what they did and why."""

from __future__ import annotations

from app.graphql.area import Area
from app.graphql.flow_sessions.queries import FlowSessionQueries

AREA = Area(query=FlowSessionQueries)
