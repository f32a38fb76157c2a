"""Organizations, and what is switched on for them."""

from __future__ import annotations

from app.graphql.area import Area
from app.graphql.organizations.mutations import OrganizationMutations
from app.graphql.organizations.queries import OrganizationQueries

AREA = Area(query=OrganizationQueries, mutation=OrganizationMutations)
