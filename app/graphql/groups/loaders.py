"""What belongs to groups, loaded for many of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core.context import Ctx
from app.domain.groups.joins import USER_GROUP, UserRepository
from app.domain.groups.pairs import joined
from app.domain.groups.repository import GroupRepository
from app.models import Contact, ContactGroup, Message, User, UserGroup


async def contact_counts(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, int]:
    """How many contacts each group has."""
    return await GroupRepository(ctx).sizes(ContactGroup, ids)


async def user_counts(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, int]:
    """How many users look after each group."""
    return await GroupRepository(ctx).sizes(UserGroup, ids)


async def contacts_of_groups(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, list[Contact]]:
    """The first contacts of each group, by name."""
    return await GroupRepository(ctx).first_contacts(ids)


async def messages_of_groups(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, list[Message]]:
    """The newest messages filed under each group or sent to it, newest first."""
    return await GroupRepository(ctx).newest_messages(ids)


async def users_of_groups(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, list[User]]:
    """Who looks after each group, by name."""
    joins = await joined(ctx, USER_GROUP, right_ids=ids)
    users = await UserRepository(ctx).by_ids(list({join.user_id for join in joins}))
    found: dict[int, list[User]] = {id_: [] for id_ in ids}
    for join in joins:
        found[join.group_id].append(users[join.user_id])
    return {id_: sorted(of, key=lambda user: user.name) for id_, of in found.items()}
