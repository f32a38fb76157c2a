"""Organizations as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.context import Ctx
from app.domain.languages.service import languages_by_id
from app.graphql.context import Info
from app.graphql.languages.types import Language
from app.graphql.organizations.types import Organization
from app.graphql.selection import selected
from app.models import Organization as OrganizationRow


async def load_organizations(
    ctx: Ctx, info: Info, rows: Sequence[OrganizationRow], *, below: str = ""
) -> list[Organization]:
    """`rows` with their languages, in one query. `below` is where the document has them."""
    wanted = selected(info)
    shown = [Organization.of(row, shows_secrets=ctx.actor.may("manager")) for row in rows]
    if below + "default_language" in wanted or below + "active_languages" in wanted:
        ids = {id_ for row in rows for id_ in (row.default_language_id, *row.active_language_ids)}
        found = await languages_by_id(ctx, sorted(ids))
        languages = {id_: Language.of(language) for id_, language in found.items()}
        for organization, row in zip(shown, rows, strict=True):
            organization.default_language = languages.get(row.default_language_id)
            organization.active_languages = [
                languages[id_] for id_ in row.active_language_ids if id_ in languages
            ]
    return shown


async def load_organization(ctx: Ctx, info: Info, row: OrganizationRow) -> Organization:
    """The organization of a result."""
    [organization] = await load_organizations(ctx, info, [row], below="organization.")
    return organization
