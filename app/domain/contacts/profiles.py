"""Profiles of a contact: the persons who share a phone, of whom one is in use (Glific).

Who is in use has the contact's own fields and language; the others keep theirs in their rows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from app.core.context import Ctx
from app.core.errors import Invalid
from app.core.page import Page
from app.core.repository import Repository, contains
from app.domain.contacts import history
from app.domain.contacts.events import ContactUpdated
from app.domain.contacts.repository import ContactRepository, is_restricted
from app.models import Contact, ContactProfile

#: Profiles of one contact that are active.
MAX_PROFILES = 20
MAX_NAME = 128
#: History of a contact, in words that staff read.
_TOLD = {
    "switch": ("profile_switched", "Switched to the profile {}"),
    "create": ("profile_created", "Made the profile {} and switched to it"),
    "deactivate": ("profile_deactivated", "Ended a profile; {} is in use"),
}

_PROFILE: Any = ContactProfile
_CONTACT: Any = Contact


@dataclass(frozen=True, slots=True)
class Used:
    """The profile in use and its place among the active ones, from 1 on."""

    row: ContactProfile
    index: int


@dataclass(frozen=True, slots=True)
class ProfileFilter:
    """Which profiles; None means that it does not matter."""

    contact_id: int | None = None
    name: str | None = None
    is_active: bool | None = None


class ProfileRepository(Repository[ContactProfile]):
    """Profiles of contacts that the actor may see."""

    model = ContactProfile
    resource = "Profiles.Profile"
    orderable = frozenset({"id", "name", "type", "inserted_at", "updated_at"})
    unique = {"uq_contact_profiles_name": "name"}

    def query(self) -> Select[ContactProfile]:
        """Select the profiles of those contacts."""
        seen = ContactRepository(self.ctx).query().with_only_columns(_CONTACT.id)
        statement = super().query()
        return (
            statement.where(_PROFILE.contact_id.in_(seen)) if is_restricted(self.ctx) else statement
        )


async def find_profiles(ctx: Ctx, wanted: ProfileFilter, page: Page) -> Sequence[ContactProfile]:
    """One page of profiles."""
    clauses = []
    if wanted.contact_id is not None:
        clauses.append(_PROFILE.contact_id == wanted.contact_id)
    if wanted.is_active is not None:
        clauses.append(_PROFILE.is_active == wanted.is_active)
    if wanted.name:
        clauses.append(contains(_PROFILE.name, wanted.name))
    return await ProfileRepository(ctx).list(clauses, page)


async def get_profile(ctx: Ctx, profile_id: int | str) -> ContactProfile:
    """The profile. Raises NotFound."""
    return await ProfileRepository(ctx).get(profile_id)


async def profiles_in_use(ctx: Ctx, contact_ids: Sequence[int]) -> dict[int, ContactProfile]:
    """The profile that each contact uses, in one query; none for those who have no profiles."""
    statement = ProfileRepository(ctx).query()
    rows = await ctx.session.scalars(
        statement.where(_PROFILE.contact_id.in_(contact_ids), _PROFILE.is_current)
    )
    return {row.contact_id: row for row in rows}


async def list_profiles(ctx: Ctx, contact_id: int) -> Sequence[ContactProfile]:
    """The contact's active profiles in the order in which they were made."""
    rows = await ctx.session.scalars(
        select(ContactProfile)
        .where(
            _PROFILE.organization_id == ctx.org_id,
            _PROFILE.contact_id == contact_id,
            _PROFILE.is_active,
        )
        .order_by(_PROFILE.id)
        .limit(MAX_PROFILES + 1)
    )
    return rows.all()


async def change_profile(ctx: Ctx, contact_id: int, change: str, value: str, kind: str) -> Used:
    """Switch to the profile at place `value`, create the one named so, or deactivate the one there.

    What is made is in use; after one was ended that had been in use the contact's own one is.
    Emits ContactUpdated. Raises Invalid(profile).
    """
    act = _CHANGES.get(change)
    if act is None:
        raise Invalid("profile", f"can be switched, created or deactivated, not {change or 'that'}")
    contact = await ContactRepository(ctx).get_for_update(contact_id)
    rows = list(await list_profiles(ctx, contact_id))
    wanted = await act(ctx, contact, rows, value.strip(), kind.strip())
    await _use(ctx, contact, rows, wanted)
    event, words = _TOLD[change]
    history.record(ctx, contact_id, event, words.format(wanted.name)[:255], {"name": wanted.name})
    ctx.emit(ContactUpdated(contact_id, ("fields", "language_id")))
    active = [row.id for row in rows if row.is_active]
    return Used(wanted, active.index(wanted.id) + 1)


Act = Callable[[Ctx, Contact, list[ContactProfile], str, str], Awaitable[ContactProfile]]


async def _switch(
    ctx: Ctx, contact: Contact, rows: list[ContactProfile], place: str, kind: str
) -> ContactProfile:
    number = int(place) if place.isascii() and place.isdigit() and len(place) < 4 else 0
    if not 1 <= number <= len(rows):
        raise Invalid(
            "profile", f"{place or 'without a number'} is not there: 1 to {len(rows)} are"
        )
    return rows[number - 1]


async def add_profile(ctx: Ctx, contact: Contact, name: str, kind: str) -> ContactProfile:
    """One more profile of the contact, not in use; the first time his own is made as well, and is.

    Raises Invalid(profile) for a name that is there, and for one too many.
    """
    assert contact.id is not None, "the row has been stored"
    return await _create(ctx, contact, list(await list_profiles(ctx, contact.id)), name, kind)


async def use_own(ctx: Ctx, contact: Contact) -> None:
    """The contact's own profile is in use. Emits ContactUpdated."""
    assert contact.id is not None, "the row has been stored"
    rows = await list_profiles(ctx, contact.id)
    await _use(ctx, contact, rows, next(row for row in rows if row.is_default))
    ctx.emit(ContactUpdated(contact.id, ("fields", "language_id")))


async def _create(
    ctx: Ctx, contact: Contact, rows: list[ContactProfile], name: str, kind: str
) -> ContactProfile:
    if not name:
        raise Invalid("profile", "needs a name")
    if not rows:
        own = _new(ctx, contact, contact.name or contact.phone, "", is_default=True)
        rows.append(own)
        ctx.session.add(own)
    if any(row.name.lower() == name.lower() and row.type == kind for row in rows):
        raise Invalid("profile", f"{name} is there already")
    if len(rows) >= MAX_PROFILES:
        raise Invalid("profile", f"{name} would be one too many: {MAX_PROFILES} are the most")
    ended = await _ended(ctx, contact, name, kind)
    made = ended or _new(ctx, contact, name, kind)
    made.is_active = True
    ctx.session.add(made)
    await ctx.session.flush()
    rows.append(made)
    rows.sort(key=lambda row: row.id)
    return made


async def _deactivate(
    ctx: Ctx, contact: Contact, rows: list[ContactProfile], place: str, kind: str
) -> ContactProfile:
    ended = await _switch(ctx, contact, rows, place, kind)
    if ended.is_default:
        raise Invalid("profile", f"{ended.name} is the contact's own and cannot be ended")
    current = next((row for row in rows if row.is_current), None)
    ended.is_active = False
    own = next(row for row in rows if row.is_default)
    return own if current is None or current is ended else current


_CHANGES: Mapping[str, Act] = {"switch": _switch, "create": _create, "deactivate": _deactivate}


def _new(
    ctx: Ctx, contact: Contact, name: str, kind: str, *, is_default: bool = False
) -> ContactProfile:
    """A profile; the contact's own one begins as the one in use."""
    return ContactProfile(
        organization_id=ctx.org_id,
        contact_id=contact.id,
        name=name[:MAX_NAME],
        type=kind[:MAX_NAME],
        language_id=contact.language_id,
        is_default=is_default,
        is_current=is_default,
    )


async def _ended(ctx: Ctx, contact: Contact, name: str, kind: str) -> ContactProfile | None:
    """The profile of that name that was ended, which comes back with what it had."""
    return (
        await ctx.session.scalars(
            select(ContactProfile).where(
                _PROFILE.organization_id == ctx.org_id,
                _PROFILE.contact_id == contact.id,
                _PROFILE.name == name[:MAX_NAME],
                _PROFILE.type == kind[:MAX_NAME],
                ~_PROFILE.is_active,
            )
        )
    ).one_or_none()


async def _use(
    ctx: Ctx, contact: Contact, rows: Sequence[ContactProfile], wanted: ContactProfile
) -> None:
    current = next((row for row in rows if row.is_current), None)
    if current is not wanted:
        if current is not None:
            current.fields, current.language_id = dict(contact.fields), contact.language_id
            current.is_current = False
            # Written first: only one profile of a contact is in use.
            await ctx.session.flush()
        contact.fields, contact.language_id = dict(wanted.fields), wanted.language_id
        wanted.is_current = True
    wanted.fields = dict(contact.fields)
    await ctx.session.flush()
