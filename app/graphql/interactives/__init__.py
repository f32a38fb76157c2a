"""Messages with buttons or a list."""

from __future__ import annotations

from app.graphql.area import Area
from app.graphql.interactives.mutations import InteractiveMutations
from app.graphql.interactives.queries import InteractiveQueries

AREA = Area(query=InteractiveQueries, mutation=InteractiveMutations)
