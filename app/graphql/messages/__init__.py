"""Messages."""

from __future__ import annotations

from app.graphql.area import Area
from app.graphql.messages.mutations import MessageMutations
from app.graphql.messages.queries import MessageQueries
from app.graphql.messages.subscriptions import MessageSubscriptions

AREA = Area(query=MessageQueries, mutation=MessageMutations, subscription=MessageSubscriptions)
