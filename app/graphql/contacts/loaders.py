"""What belongs to contacts, loaded for many of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app.core.context import Ctx
from app.domain.contacts import profiles
from app.domain.contacts.history import histories_of
from app.domain.contacts.repository import ContactRepository
from app.domain.groups.joins import CONTACT_GROUP, MessageRepository, UserRepository
from app.domain.groups.pairs import joined
from app.domain.groups.repository import GroupRepository
from app.domain.tags.joins import CONTACT_TAG
from app.domain.tags.repository import TagRepository
from app.models import (
    Contact,
    ContactHistory,
    ContactProfile,
    Group,
    Language,
    Message,
    Organization,
    Tag,
    User,
)

_language: Any = Language


async def languages_by_id(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, Language]:
    """Languages of the installation by id."""
    rows = await ctx.session.scalars(select(Language).where(_language.id.in_(ids)))
    return {row.id: row for row in rows if row.id is not None}


async def contacts_by_id(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, Contact]:
    """Contacts that the caller may see, by id."""
    return await ContactRepository(ctx).by_ids(ids)


async def profiles_in_use(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, ContactProfile]:
    """The profile that each contact uses."""
    return await profiles.profiles_in_use(ctx, ids)


async def groups_of_contacts(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, list[Group]]:
    """The groups of each contact, by label."""
    joins = await joined(ctx, CONTACT_GROUP, left_ids=ids)
    groups = await GroupRepository(ctx).by_ids(list({join.group_id for join in joins}))
    found: dict[int, list[Group]] = {id_: [] for id_ in ids}
    for join in joins:
        if join.group_id in groups:
            found[join.contact_id].append(groups[join.group_id])
    return {id_: sorted(of, key=lambda group: group.label) for id_, of in found.items()}


async def tags_of_contacts(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, list[Tag]]:
    """The tags of each contact, by label."""
    joins = await joined(ctx, CONTACT_TAG, left_ids=ids)
    tags = await TagRepository(ctx).by_ids(list({join.tag_id for join in joins}))
    found: dict[int, list[Tag]] = {id_: [] for id_ in ids}
    for join in joins:
        if join.tag_id in tags:
            found[join.contact_id].append(tags[join.tag_id])
    return {id_: sorted(of, key=lambda tag: tag.label) for id_, of in found.items()}


async def history_of_contacts(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, list[ContactHistory]]:
    """The newest entries of each contact's history."""
    return await histories_of(ctx, ids)


async def groups_by_id(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, Group]:
    """Groups that the caller may see, by id."""
    return await GroupRepository(ctx).by_ids(ids)


async def tags_by_id(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, Tag]:
    """Tags by id."""
    return await TagRepository(ctx).by_ids(ids)


async def users_by_id(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, User]:
    """Users by id."""
    return await UserRepository(ctx).by_ids(ids)


async def messages_by_id(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, Message]:
    """Messages by id."""
    return await MessageRepository(ctx).by_ids(ids)


async def own_organization(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, Organization]:
    """The caller's organization, if it is asked for."""
    row = await ctx.session.get(Organization, ctx.org_id)
    return {ctx.org_id: row} if row and ctx.org_id in ids else {}
