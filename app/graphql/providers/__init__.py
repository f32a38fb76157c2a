"""Providers: the ways in which messages travel."""

from __future__ import annotations

from app.graphql.area import Area
from app.graphql.providers.mutations import ProviderMutations
from app.graphql.providers.queries import ProviderQueries
from app.graphql.providers.subscriptions import ProviderSubscriptions

AREA = Area(
    query=ProviderQueries,
    mutation=ProviderMutations,
    subscription=ProviderSubscriptions,
)
