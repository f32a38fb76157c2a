"""The verbs of organizations. Everybody works within his own; `glific_admin` sees them all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.exc import IntegrityError

from app.core.context import Ctx
from app.core.errors import Invalid, NotFound
from app.core.page import Page
from app.core.repository import as_id, contains, snake
from app.domain.contacts.simulators import simulators_of
from app.models import Contact, Flow, Language, Organization

RESOURCE = "Partners.Organization"
#: Members that a change may hold as they are.
PLAIN = (
    "name", "email", "timezone", "session_limit", "signature_phrase", "bsp_id", "is_active",
    "regx_flow", "fields", "is_suspended",
)  # fmt: skip
#: Objects of which what is left out stays as it is.
_MERGED = ("out_of_office", "setting")
#: Members that name a row of the organization: member -> column.
_FLOWS = ("newcontact_flow_id", "optin_flow_id")
_UNIQUE = {
    "uq_organizations_shortcode": "shortcode",
    "uq_organizations_name": "name",
    "uq_organizations_chat_domain": "shortcode",
}
_ORDERABLE = frozenset({"id", "name", "shortcode", "email", "inserted_at", "updated_at"})
_SHORTCODE = re.compile(r"[a-z0-9][a-z0-9_-]{1,40}")
#: The states of an organization, lowest to highest.
STATUSES = ("inactive", "approved", "active", "suspended", "ready_to_delete")
#: Minutes; a day.
MAX_SESSION_LIMIT = 1440

Changes = dict[str, Any]


async def own_organization(ctx: Ctx) -> Organization:
    """The organization that the unit of work is of."""
    found = await ctx.session.get(Organization, ctx.org_id)
    assert found is not None, "a unit of work is of an organization that exists"
    return found


async def get_organization(ctx: Ctx, organization_id: int | str | None) -> Organization:
    """The organization. Raises NotFound, also for another's unless the caller is glific_admin."""
    if organization_id is None:
        return await own_organization(ctx)
    number = as_id(organization_id)
    if number != ctx.org_id and not ctx.actor.may("glific_admin"):
        number = None
    row = await ctx.session.get(Organization, number) if number is not None else None
    if row is None:
        raise NotFound.of(RESOURCE, organization_id)
    return row


async def list_organizations(ctx: Ctx, wanted: Changes, page: Page) -> Sequence[Organization]:
    """One page of all organizations that `wanted` admits, by name unless asked otherwise."""
    name = snake(page.order_with or "name")
    if name not in _ORDERABLE:
        raise Invalid("orderWith", f"cannot order by {name}")
    column: Any = getattr(Organization, name)
    order = column.desc() if page.descending else column.asc()
    statement = _matching(select(Organization), wanted).order_by(order)
    return (await ctx.session.scalars(statement.limit(page.limit).offset(page.offset))).all()


async def count_organizations(ctx: Ctx, wanted: Changes) -> int:
    """How many organizations `wanted` admits."""
    id_: Any = Organization.id
    inner = _matching(select(id_), wanted).subquery()
    return await ctx.session.scalar(select(func.count()).select_from(inner)) or 0


def _matching(statement: Select[Any], wanted: Changes) -> Select[Any]:
    language: Any = Language
    organization: Any = Organization
    clauses: list[ColumnElement[bool]] = [
        contains(getattr(Organization, name), wanted[name])
        for name in ("name", "shortcode", "email")
        if wanted.get(name)
    ]
    if wanted.get("default_language"):
        statement = statement.join(Language, language.id == organization.default_language_id)
        clauses.append(contains(language.label, wanted["default_language"]))
    return statement.where(*clauses)


async def create_organization(ctx: Ctx, changes: Changes) -> Organization:
    """A new tenant with its own contact and five simulators.

    Raises Invalid for what is blank, taken or unknown.
    """
    name, shortcode = changes.get("name"), str(changes.get("shortcode") or "").lower()
    if not name or not str(name).strip():
        raise Invalid("name", "can't be blank")
    if not _SHORTCODE.fullmatch(shortcode):
        raise Invalid("shortcode", "must be letters, digits, - and _, at least two")
    language_id = as_id(changes.get("default_language_id"))
    if language_id is None:
        own = await own_organization(ctx)
        language_id = own.default_language_id
    row = Organization(
        name=name,
        shortcode=shortcode,
        chat_domain=f"{shortcode}.{ctx.services.config.chat_domain}",
        default_language_id=language_id,
        active_language_ids=[language_id],
        signature_phrase=ctx.ids.token(24),
    )
    await _check_languages(ctx, [language_id])
    ctx.session.add(row)
    await _apply(ctx, row, {**changes, "name": name})
    await _flush(ctx)
    await _add_own_contact(ctx, row, changes.get("phone"))
    return row


async def _add_own_contact(ctx: Ctx, row: Organization, phone: str | None) -> None:
    contact = Contact(
        organization_id=row.id or 0,
        uuid=str(ctx.ids.uuid4()),
        name=row.name,
        # Its own row needs a number of its own; without one, one that no person can have.
        phone=phone or f"000{row.id:07}",
        language_id=row.default_language_id,
    )
    ctx.session.add_all([contact, *simulators_of(ctx.services, row)])
    await ctx.session.flush()
    row.contact_id = contact.id
    await ctx.session.flush()


async def update_organization(
    ctx: Ctx, organization_id: int | str, changes: Changes
) -> Organization:
    """Change the given members and leave the rest. Raises NotFound, Invalid."""
    row = await get_organization(ctx, organization_id)
    if "shortcode" in changes and changes["shortcode"] not in (None, row.shortcode):
        shortcode = str(changes["shortcode"]).lower()
        if not _SHORTCODE.fullmatch(shortcode):
            raise Invalid("shortcode", "must be letters, digits, - and _, at least two")
        row.shortcode = shortcode
    await _apply(ctx, row, changes)
    await _flush(ctx)
    return row


async def _apply(ctx: Ctx, row: Organization, changes: Changes) -> None:
    _check(changes)
    for name in PLAIN:
        if changes.get(name) is not None:
            setattr(row, name, changes[name])
    if changes.get("active_language_ids"):
        ids = [as_id(id_) or 0 for id_ in changes["active_language_ids"]]
        await _check_languages(ctx, ids)
        row.active_language_ids = ids
    if changes.get("default_language_id") is not None:
        row.default_language_id = as_id(changes["default_language_id"]) or 0
        await _check_languages(ctx, [row.default_language_id])
    for name in _FLOWS:
        if name in changes:
            setattr(row, name, await _flow_id(ctx, row, name, changes[name]))
    for name in _MERGED:
        if changes.get(name) is not None:
            setattr(row, name, {**getattr(row, name), **changes[name]})


def _check(changes: Changes) -> None:
    if "name" in changes and not str(changes["name"] or "").strip():
        raise Invalid("name", "can't be blank")
    if changes.get("timezone") and changes["timezone"] not in available_timezones():
        raise Invalid("timezone", "is not a time zone")
    limit = changes.get("session_limit")
    if limit is not None and not 1 <= limit <= MAX_SESSION_LIMIT:
        raise Invalid("sessionLimit", f"must be 1 to {MAX_SESSION_LIMIT} minutes")


async def _check_languages(ctx: Ctx, ids: Sequence[int]) -> None:
    id_: Any = Language.id
    known = set(await ctx.session.scalars(select(id_).where(id_.in_(ids))))
    if not ids or known != set(ids):
        raise Invalid("activeLanguageIds", "has an invalid entry")


async def _flow_id(ctx: Ctx, row: Organization, name: str, value: Any) -> int | None:
    number = as_id(value)
    if number is None:
        return None
    flow: Any = Flow
    found = await ctx.session.scalar(
        select(flow.id).where(flow.id == number, flow.organization_id == row.id)
    )
    if found is None:
        raise Invalid(name, "does not exist")
    return number


async def own_contacts(ctx: Ctx, organization_ids: Sequence[int]) -> dict[int, Contact]:
    """The own contact of each organization, in one query. The caller has been shown these."""
    organization: Any = Organization
    contact: Any = Contact
    rows = await ctx.session.execute(
        select(organization.id, Contact)
        .join(Contact, contact.id == organization.contact_id)
        .where(organization.id.in_(organization_ids))
    )
    return {row[0]: row[1] for row in rows}


async def set_status(
    ctx: Ctx,
    organization_id: int | str,
    *,
    is_active: bool | None = None,
    is_approved: bool | None = None,
    status: str | None = None,
) -> Organization:
    """Activate, approve or suspend. A status sets the flags that go with it. Raises NotFound."""
    row = await get_organization(ctx, organization_id)
    if status is not None:
        row.status = status
        row.is_active = status in ("active", "suspended")
        row.is_approved = status not in ("inactive", "ready_to_delete")
        row.is_suspended = status == "suspended"
    if is_active is not None:
        row.is_active = is_active
    if is_approved is not None:
        row.is_approved = is_approved
    if status is None:
        row.status = "active" if row.is_active else "approved" if row.is_approved else "inactive"
    await _flush(ctx)
    return row


async def delete_organization(ctx: Ctx, organization_id: int | str) -> Organization:
    """Remove a tenant and all that is its. Raises NotFound; Invalid for the caller's own."""
    row = await get_organization(ctx, organization_id)
    if row.id == ctx.org_id:
        raise Invalid("id", "is your own organization")
    await ctx.session.delete(row)
    await _flush(ctx)
    return row


async def delete_inactive(
    ctx: Ctx, organization_id: int | str, *, is_confirmed: bool
) -> Organization:
    """Remove a tenant that is not active. Raises NotFound; Invalid without a confirmation."""
    if not is_confirmed:
        raise Invalid("isConfirmed", "must be true")
    row = await get_organization(ctx, organization_id)
    if row.is_active:
        raise Invalid("isActive", "must be false before it can be deleted")
    return await delete_organization(ctx, organization_id)


async def _flush(ctx: Ctx) -> None:
    try:
        await ctx.session.flush()
    except IntegrityError as error:
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if name in _UNIQUE:
            raise Invalid(_UNIQUE[name], "has already been taken") from error
        raise
