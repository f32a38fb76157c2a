"""Language and its inputs."""

from __future__ import annotations

import strawberry

from app.domain.languages.service import LanguageChanges
from app.graphql.payload import InputError
from app.models import Language as LanguageRow


@strawberry.type(description="A language of the installation.")
class Language:
    id: strawberry.ID
    label: str
    label_locale: str
    locale: str
    is_active: bool
    localized: bool
    is_reserved: bool

    @classmethod
    def of(cls, row: LanguageRow) -> Language:
        """What the API shows of `row`."""
        return cls(
            id=strawberry.ID(str(row.id)),
            label=row.label,
            label_locale=row.label_locale,
            locale=row.locale,
            is_active=row.is_active,
            localized=row.localized,
            is_reserved=row.is_reserved,
        )


@strawberry.type
class LanguageResult:
    language: Language | None = None
    errors: list[InputError] | None = None


@strawberry.input
class LanguageFilter:
    label: str | None = None
    locale: str | None = None
    localized: bool | None = None
    is_active: bool | None = None


@strawberry.input(description="The label is unique.")
class LanguageInput:
    label: str | None = strawberry.UNSET
    label_locale: str | None = strawberry.UNSET
    locale: str | None = strawberry.UNSET
    is_active: bool | None = strawberry.UNSET
    localized: bool | None = strawberry.UNSET
    is_reserved: bool | None = strawberry.UNSET

    def changes(self) -> LanguageChanges:
        """The members that the caller gave."""
        return {name: value for name, value in vars(self).items() if value is not strawberry.UNSET}
