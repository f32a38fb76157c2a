"""Questions for staff that flows have opened."""

from __future__ import annotations

from app.graphql.area import Area
from app.graphql.tickets.fields import TicketMutations, TicketQueries

AREA = Area(query=TicketQueries, mutation=TicketMutations)
