"""Users and roles."""

from __future__ import annotations

from app.graphql.area import Area
from app.graphql.users.mutations import UserMutations
from app.graphql.users.queries import UserQueries

AREA = Area(query=UserQueries, mutation=UserMutations)
