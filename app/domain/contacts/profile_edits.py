"""What staff do with profiles: make one, change one, remove one. Flows switch between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.core.context import Ctx
from app.core.errors import Invalid
from app.domain.contacts import history, profiles
from app.domain.contacts.data import ContactPatch
from app.domain.contacts.patch import UNSET, Absent
from app.domain.contacts.repository import ContactRepository
from app.domain.contacts.service import checked_patch, update_contact
from app.models import Contact, ContactProfile


@dataclass(frozen=True, slots=True)
class ProfilePatch:
    """What is to be changed of a profile; also what a new one begins with."""

    name: str | Absent | None = UNSET
    type: str | Absent | None = UNSET
    fields: dict[str, Any] | Absent | None = UNSET
    language_id: int | str | Absent = UNSET


async def create_profile(
    ctx: Ctx, contact_id: int | str | None, patch: ProfilePatch
) -> ContactProfile:
    """The contact has a profile more; who talks stays in use, and is one as well from now on.

    Raises NotFound; Invalid(name, profile, fields, languageId).
    """
    contact = await ContactRepository(ctx).get_for_update(contact_id)
    name, kind = _name(patch.name), _kind(patch.type)
    values = await _of_contact(ctx, patch)
    made = await profiles.add_profile(ctx, contact, name, kind)
    for column, value in values.items():
        setattr(made, column, value)
    await profiles.ProfileRepository(ctx).flush()
    meta = {"name": made.name}
    history.record(
        ctx, made.contact_id, "profile_created", f"Made the profile {made.name}"[:255], meta
    )
    return made


async def update_profile(ctx: Ctx, profile_id: int | str, patch: ProfilePatch) -> ContactProfile:
    """Change the given members and leave the rest.

    Fields and language of the profile in use are the contact's own, and change there.
    Raises NotFound; Invalid(name, type, fields, languageId).
    """
    repository = profiles.ProfileRepository(ctx)
    row, _ = await _held(ctx, repository, profile_id)
    if patch.name is not UNSET:
        row.name = _name(patch.name)
    if patch.type is not UNSET:
        row.type = _kind(patch.type)
    values = await _of_contact(ctx, patch)
    if row.is_current and values:
        await update_contact(ctx, row.contact_id, ContactPatch(**values))
    for column, value in values.items():
        setattr(row, column, value)
    await repository.flush()
    return row


async def delete_profile(ctx: Ctx, profile_id: int | str) -> ContactProfile:
    """The profile is gone with what it had; the contact's own comes into use if it was.

    Emits ContactUpdated then. Raises NotFound; Invalid(profile) for the contact's own.
    """
    repository = profiles.ProfileRepository(ctx)
    row, contact = await _held(ctx, repository, profile_id)
    if row.is_default:
        raise Invalid("profile", f"{row.name} is the contact's own and cannot be deleted")
    if row.is_current:
        await profiles.use_own(ctx, contact)
    words = f"Deleted the profile {row.name}"[:255]
    history.record(ctx, row.contact_id, "profile_deleted", words, {"name": row.name})
    await repository.delete(row)
    return row


async def _held(
    ctx: Ctx, repository: profiles.ProfileRepository, profile_id: int | str
) -> tuple[ContactProfile, Contact]:
    """The profile and its contact, locked in the order in which flows lock them."""
    row = await repository.get(profile_id)
    contact = await ContactRepository(ctx).get_for_update(row.contact_id)
    return await repository.get_for_update(profile_id), contact


async def _of_contact(ctx: Ctx, patch: ProfilePatch) -> dict[str, Any]:
    """The given ones of what a contact has too, as the tables take them. Raises Invalid."""
    return await checked_patch(
        ctx, ContactPatch(fields=patch.fields, language_id=patch.language_id)
    )


def _name(name: str | Absent | None) -> str:
    given = "" if name is UNSET or name is None else name.strip()
    if not given:
        raise Invalid("name", "can't be blank")
    if len(given) > profiles.MAX_NAME:
        raise Invalid("name", f"should be at most {profiles.MAX_NAME} characters")
    return given


def _kind(kind: str | Absent | None) -> str:
    given = "" if kind is UNSET or kind is None else kind.strip()
    if len(given) > profiles.MAX_NAME:
        raise Invalid("type", f"should be at most {profiles.MAX_NAME} characters")
    return given
