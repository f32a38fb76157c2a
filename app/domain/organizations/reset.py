"""Empties a tenant of what its trials left behind."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, update

from app.core.context import Ctx
from app.core.errors import Invalid
from app.domain.organizations.service import get_organization
from app.models import (
    Contact,
    ContactInbox,
    ContactProfile,
    FlowResult,
    FlowSession,
    Message,
    MessageMedia,
)

DONE = "Successfully reset tables and fields of organization"
#: What is removed, in an order that leaves nothing dangling.
_TABLES: tuple[Any, ...] = (
    ContactInbox,
    ContactProfile,
    FlowResult,
    FlowSession,
    Message,
    MessageMedia,
)


async def reset_organization(ctx: Ctx, organization_id: int | str, *, is_confirmed: bool) -> str:
    """Its messages, sessions and results are gone; its contacts stay, without fields and counts.

    Raises NotFound; Invalid without a confirmation.
    """
    if not is_confirmed:
        raise Invalid("isConfirmed", "must be true")
    organization = await get_organization(ctx, organization_id)
    for table in _TABLES:
        await ctx.session.execute(delete(table).where(table.organization_id == organization.id))
    contact: Any = Contact
    await ctx.session.execute(
        update(Contact)
        .where(contact.organization_id == organization.id)
        .values(
            fields={}, settings={}, last_message_number=0, first_message_number=1,
            is_org_read=True, is_org_replied=True, is_contact_replied=True,
        )
    )  # fmt: skip
    return DONE
