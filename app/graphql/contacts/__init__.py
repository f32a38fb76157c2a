"""Contacts, their history, fields and imports; the simulators."""

from __future__ import annotations

from strawberry.tools import merge_types

from app.graphql.area import Area
from app.graphql.contacts.mutations import ContactMutations
from app.graphql.contacts.profile_mutations import ProfileMutations
from app.graphql.contacts.queries import ContactQueries
from app.graphql.contacts.subscriptions import ContactSubscriptions

AREA = Area(
    query=ContactQueries,
    mutation=merge_types("ContactMutations", (ContactMutations, ProfileMutations)),
    subscription=ContactSubscriptions,
)
