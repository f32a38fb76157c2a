"""A new NGO asks to be let in: its organization is made, and waits for approval."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.context import Ctx
from app.core.errors import AppError
from app.domain.login.service import plain_phone
from app.domain.organizations.service import create_organization, own_contacts
from app.models import Contact, Organization

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class Onboarded:
    """What came of it: an organization and its contact, or what is wrong by member."""

    messages: dict[str, str]
    organization: Organization | None = None
    contact: Contact | None = None


async def set_up(ctx: Ctx, wanted: dict[str, Any]) -> Onboarded:
    """A new organization that is neither active nor approved, unless something is wrong.

    An administrator of the installation approves it (`updateOrganizationStatus`).
    """
    messages = await _problems(ctx, wanted)
    if messages:
        return Onboarded(messages)
    values = {name: str(wanted[name]).strip()[:200] for name in ("name", "shortcode", "email")}
    try:
        async with ctx.session.begin_nested():
            row = await create_organization(
                ctx, {**values, "phone": plain_phone(wanted.get("phone"))}
            )
    except AppError as error:
        return Onboarded({error.key: f"{error.key} {error.message}"})
    row.is_active, row.is_approved, row.status = False, False, "inactive"
    await ctx.session.flush()
    return Onboarded({}, row, (await own_contacts(ctx, [row.id or 0]))[row.id or 0])


async def _problems(ctx: Ctx, wanted: dict[str, Any]) -> dict[str, str]:
    found = {
        name: f"{name} can't be blank"
        for name in ("name", "shortcode", "email", "phone")
        if not str(wanted.get(name) or "").strip()
    }
    if "email" not in found and not _EMAIL.fullmatch(str(wanted["email"]).strip()):
        found["email"] = "email is invalid"
    organization: Any = Organization
    shortcode = str(wanted.get("shortcode") or "").strip().lower()
    taken = await ctx.session.scalar(
        select(organization.id).where(organization.shortcode == shortcode)
    )
    if taken is not None:
        found["shortcode"] = "shortcode already taken"
    return found
