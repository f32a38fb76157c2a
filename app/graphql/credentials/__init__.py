"""How the organization reaches services of others: the settings page of each provider."""

from __future__ import annotations

from app.graphql.area import Area
from app.graphql.credentials.fields import CredentialMutations, CredentialQueries

AREA = Area(query=CredentialQueries, mutation=CredentialMutations)
