"""What the flow editor lists beside the flow: templates, languages, people, other flows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.context import Ctx
from app.core.errors import Invalid
from app.core.page import Page
from app.domain.flow_definitions.repository import FlowLabelRepository, FlowRepository
from app.models import Contact, Flow, FlowLabel, Language, Organization, SessionTemplate, User

_FLOW: Any = Flow
_TEMPLATE: Any = SessionTemplate
_USER: Any = User
_CONTACT: Any = Contact
_LANGUAGE: Any = Language


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language in which the organization writes."""

    locale: str
    label: str
    is_default: bool


async def published_flows(ctx: Ctx, page: Page) -> Sequence[Flow]:
    """Flows that another flow may enter, by name."""
    wanted = [_FLOW.is_active, ~_FLOW.is_template, _FLOW.published_revision_id.is_not(None)]
    return await FlowRepository(ctx).list(wanted, page)


async def approved_templates(ctx: Ctx, page: Page) -> Sequence[SessionTemplate]:
    """Templates that may be sent at any time, by label."""
    rows = await ctx.session.scalars(
        select(SessionTemplate)
        .where(
            _TEMPLATE.organization_id == ctx.org_id,
            _TEMPLATE.is_hsm,
            _TEMPLATE.is_active,
            _TEMPLATE.status == "APPROVED",
        )
        .order_by(_TEMPLATE.label, _TEMPLATE.id)
        .limit(page.limit)
        .offset(page.offset)
    )
    return rows.all()


async def staff_contacts(ctx: Ctx, page: Page) -> Sequence[Contact]:
    """The contacts of the organization's users, to whom a flow may send a message."""
    rows = await ctx.session.scalars(
        select(Contact)
        .join(User, _USER.contact_id == _CONTACT.id)
        .where(_CONTACT.organization_id == ctx.org_id, _USER.organization_id == ctx.org_id)
        .order_by(_CONTACT.name, _CONTACT.id)
        .limit(page.limit)
        .offset(page.offset)
    )
    return rows.all()


async def tongues(ctx: Ctx) -> list[Tongue]:
    """The organization's languages, its own one first."""
    org = await ctx.session.get_one(Organization, ctx.org_id)
    rows = await ctx.session.scalars(
        select(Language)
        .where(_LANGUAGE.id.in_([*org.active_language_ids, org.default_language_id]))
        .order_by((_LANGUAGE.id != org.default_language_id), _LANGUAGE.label)
    )
    own = org.default_language_id
    return [Tongue(row.locale, row.label, row.id == own) for row in rows]


async def locales(ctx: Ctx) -> dict[int, str]:
    """Every language's locale by its id."""
    rows = await ctx.session.execute(select(_LANGUAGE.id, _LANGUAGE.locale).limit(1000))
    return {id_: locale for id_, locale in rows}


async def organization_values(ctx: Ctx) -> dict[str, str]:
    """The organization's variables, which flows read as @globals.key."""
    org = await ctx.session.get_one(Organization, ctx.org_id)
    return {key: str(value) for key, value in sorted((org.fields or {}).items())}


async def add_label(ctx: Ctx, name: str) -> FlowLabel:
    """A new label for messages. Raises Invalid for a blank or taken name."""
    if not name.strip():
        raise Invalid("name", "can't be blank")
    uuid = str(ctx.ids.uuid4())
    return await FlowLabelRepository(ctx).add(FlowLabel(uuid=uuid, name=name.strip()))
