"""Languages."""

from __future__ import annotations

from app.graphql.area import Area
from app.graphql.languages.mutations import LanguageMutations
from app.graphql.languages.queries import LanguageQueries

AREA = Area(query=LanguageQueries, mutation=LanguageMutations)
