"""Users as the API shows them, with what the document selects loaded in one query each."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.context import Ctx
from app.domain.languages.service import languages_by_id
from app.domain.organizations.service import own_organization
from app.graphql.context import Info
from app.graphql.languages.types import Language
from app.graphql.organizations.load import load_organizations
from app.graphql.selection import selected
from app.graphql.users.types import User
from app.models import User as UserRow


async def load_users(
    ctx: Ctx, info: Info, rows: Sequence[UserRow], *, below: str = ""
) -> list[User]:
    """`rows` with languages and organization. `below` is where the document has them."""
    wanted = selected(info)
    languages = {}
    if below + "language" in wanted:
        ids = [row.language_id for row in rows if row.language_id is not None]
        found = await languages_by_id(ctx, ids)
        languages = {id_: Language.of(row) for id_, row in found.items()}
    users = [User.of(row, languages) for row in rows]
    if below + "organization" in wanted:
        own = await own_organization(ctx)
        [organization] = await load_organizations(ctx, info, [own], below=below + "organization.")
        for user in users:
            user.organization = organization
    return users


async def load_user(ctx: Ctx, info: Info, row: UserRow) -> User:
    """The user of a result."""
    [user] = await load_users(ctx, info, [row], below="user.")
    return user
