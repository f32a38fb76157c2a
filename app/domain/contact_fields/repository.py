"""The queries of contact field definitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import ColumnElement

from app.core.repository import Repository, contains
from app.models import ContactsField

_field: Any = ContactsField


@dataclass(frozen=True, slots=True)
class FieldFilter:
    """Which definitions are listed."""

    name: str | None = None
    shortcode: str | None = None
    scope: str | None = None


class ContactsFieldRepository(Repository[ContactsField]):
    """Definitions of contact fields."""

    model = ContactsField
    resource = "Flows.ContactField"
    default_order = "inserted_at"
    orderable: ClassVar[frozenset[str]] = frozenset(
        {"id", "name", "shortcode", "value_type", "scope", "inserted_at", "updated_at"}
    )
    unique: ClassVar[dict[str, str]] = {
        "uq_contacts_fields_shortcode": "shortcode",
        "uq_contacts_fields_name": "name",
    }


def field_clauses(wanted: FieldFilter) -> list[ColumnElement[bool]]:
    """`wanted` as clauses."""
    clauses: list[ColumnElement[bool]] = []
    if wanted.name:
        clauses.append(contains(_field.name, wanted.name))
    if wanted.shortcode:
        clauses.append(contains(_field.shortcode, wanted.shortcode))
    if wanted.scope:
        clauses.append(_field.scope == wanted.scope)
    return clauses
