"""Groups, and the contacts, users and messages in them."""

from __future__ import annotations

from app.graphql.area import Area
from app.graphql.groups.mutations import GroupMutations
from app.graphql.groups.queries import GroupQueries

AREA = Area(query=GroupQueries, mutation=GroupMutations)
