"""Organizations, what is switched on for them, and the channel's balance."""

from __future__ import annotations

from app.graphql.area import Area
from app.graphql.organizations.mutations import OrganizationMutations
from app.graphql.organizations.queries import OrganizationQueries
from app.graphql.organizations.subscriptions import OrganizationSubscriptions

AREA = Area(
    query=OrganizationQueries,
    mutation=OrganizationMutations,
    subscription=OrganizationSubscriptions,
)
