"""Tags, and tags on contacts and messages."""

from __future__ import annotations

from app.graphql.area import Area
from app.graphql.tags.mutations import TagMutations
from app.graphql.tags.queries import TagQueries
from app.graphql.tags.subscriptions import TagSubscriptions

AREA = Area(query=TagQueries, mutation=TagMutations, subscription=TagSubscriptions)
