"""Search and saved searches."""

from __future__ import annotations

from app.graphql.area import Area
from app.graphql.searches.mutations import SearchMutations
from app.graphql.searches.queries import SearchQueries
from app.graphql.searches.subscriptions import SearchSubscriptions

AREA = Area(query=SearchQueries, mutation=SearchMutations, subscription=SearchSubscriptions)
