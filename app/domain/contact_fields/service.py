"""The verbs of contact field definitions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from app.core.context import Ctx
from app.core.errors import Invalid
from app.core.page import Page
from app.domain.contact_fields.repository import (
    ContactsFieldRepository,
    FieldFilter,
    field_clauses,
)
from app.domain.contacts.patch import UNSET, Absent, given
from app.models import Contact, ContactsField

VALUE_TYPES = ("text", "integer", "number", "boolean", "date")
SCOPES = ("contact", "globals", "wa_group")

_SHORTCODE = re.compile(r"[a-z0-9_]{1,64}")
_contact: Any = Contact


@dataclass(frozen=True, slots=True)
class FieldPatch:
    """What is to be changed of a definition; also what a new one begins with."""

    name: str | Absent | None = UNSET
    shortcode: str | Absent | None = UNSET
    value_type: str | Absent | None = UNSET
    scope: str | Absent | None = UNSET


def shortcode_of(label: str) -> str:
    """The key that a field with that label gets.

    >>> shortcode_of(" Age Group ")
    'age_group'
    """
    return re.sub(r"[^a-z0-9]+", "_", label.strip().lower()).strip("_")[:64]


async def get_field(ctx: Ctx, field_id: int | str) -> ContactsField:
    """The definition. Raises NotFound."""
    return await ContactsFieldRepository(ctx).get(field_id)


async def list_fields(ctx: Ctx, wanted: FieldFilter, page: Page) -> Sequence[ContactsField]:
    """One page of the definitions that satisfy `wanted`."""
    return await ContactsFieldRepository(ctx).list(field_clauses(wanted), page)


async def count_fields(ctx: Ctx, wanted: FieldFilter) -> int:
    """How many definitions satisfy `wanted`."""
    return await ContactsFieldRepository(ctx).count(field_clauses(wanted))


async def create_field(ctx: Ctx, patch: FieldPatch) -> ContactsField:
    """Add a definition. Raises Invalid for a blank or taken name, or an impossible shortcode."""
    values = _checked(given(patch))
    if not values.get("name"):
        raise Invalid("name", "can't be blank")
    shortcode = values.get("shortcode") or shortcode_of(values["name"])
    if not _SHORTCODE.fullmatch(shortcode):
        raise Invalid("shortcode", "may hold a-z, 0-9 and _ only")
    return await ContactsFieldRepository(ctx).add(
        ContactsField(**{**values, "shortcode": shortcode})
    )


async def update_field(ctx: Ctx, field_id: int | str, patch: FieldPatch) -> ContactsField:
    """Change the given parts of a definition. Values that contacts have stay under the old key."""
    fields = ContactsFieldRepository(ctx)
    row = await fields.get(field_id)
    for name, value in _checked(given(patch)).items():
        setattr(row, name, value)
    await fields.flush()
    return row


async def delete_field(
    ctx: Ctx, field_id: int | str, *, with_values: bool = False
) -> ContactsField:
    """Remove a definition and, if asked, the values that contacts have under its key."""
    fields = ContactsFieldRepository(ctx)
    row = await fields.get(field_id)
    if with_values:
        await ctx.session.execute(
            update(Contact)
            .where(_contact.organization_id == ctx.org_id, _contact.fields.has_key(row.shortcode))
            .values(fields=_contact.fields.op("-")(row.shortcode))
            .execution_options(synchronize_session=False)
        )
    await fields.delete(row)
    return row


async def ensure_fields(ctx: Ctx, labels: Mapping[str, str]) -> None:
    """Every key of `labels` (shortcode -> name) has a definition. Those that are there stay."""
    if not labels:
        return
    now = ctx.clock.now()
    rows = [
        {
            "organization_id": ctx.org_id,
            "name": name,
            "shortcode": shortcode,
            "value_type": "text",
            "scope": "contact",
            "inserted_at": now,
            "updated_at": now,
        }
        for shortcode, name in labels.items()
    ]
    await ctx.session.execute(insert(ContactsField).values(rows).on_conflict_do_nothing())


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    for name, allowed in (("value_type", VALUE_TYPES), ("scope", SCOPES)):
        if name in values and values[name] not in allowed:
            raise Invalid(name, "is invalid")
    if "name" in values and not (values["name"] or "").strip():
        raise Invalid("name", "can't be blank")
    if values.get("shortcode") and not _SHORTCODE.fullmatch(values["shortcode"]):
        raise Invalid("shortcode", "may hold a-z, 0-9 and _ only")
    return {name: value for name, value in values.items() if name != "shortcode" or value}
