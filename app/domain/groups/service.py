"""The verbs of groups."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from app.core.context import Ctx
from app.core.errors import Invalid, NotFound
from app.core.page import Page
from app.domain.contacts.patch import given
from app.domain.groups.data import GroupFilter, GroupPatch
from app.domain.groups.events import GroupDeleted, GroupMembersChanged
from app.domain.groups.joins import CONTACT_GROUP
from app.domain.groups.pairs import ids_of, join, part
from app.domain.groups.repository import GroupRepository, group_clauses
from app.models import Group

MAX_LABEL_CHARS = 255
#: Rows of one exported group at most.
MAX_EXPORTED = 50_000

_group: Any = Group


async def get_group(ctx: Ctx, group_id: int | str) -> Group:
    """The group. Raises NotFound."""
    return await GroupRepository(ctx).get(group_id)


async def list_groups(ctx: Ctx, wanted: GroupFilter, page: Page) -> Sequence[Group]:
    """One page of the groups that satisfy `wanted`."""
    return await GroupRepository(ctx).list(group_clauses(wanted), page)


async def count_groups(ctx: Ctx, wanted: GroupFilter) -> int:
    """How many groups satisfy `wanted`."""
    return await GroupRepository(ctx).count(group_clauses(wanted))


async def create_group(ctx: Ctx, patch: GroupPatch) -> Group:
    """Add a group. Raises Invalid("label") when blank or taken."""
    values = _checked(given(patch))
    if not values.get("label"):
        raise Invalid("label", "can't be blank")
    return await GroupRepository(ctx).add(Group(uuid=str(ctx.ids.uuid4()), **values))


async def update_group(ctx: Ctx, group_id: int | str, patch: GroupPatch) -> Group:
    """Change the given fields and leave the rest. Raises NotFound; Invalid("label")."""
    groups = GroupRepository(ctx)
    group = await groups.get(group_id)
    for name, value in _checked(given(patch)).items():
        setattr(group, name, value)
    await groups.flush()
    return group


async def delete_group(ctx: Ctx, group_id: int | str) -> Group:
    """Remove a group; its contacts stay. Emits GroupDeleted. Raises NotFound."""
    groups = GroupRepository(ctx)
    group = await groups.get(group_id)
    await groups.delete(group)
    ctx.emit(GroupDeleted(_id(group), group.uuid))
    return group


async def get_or_create_group(ctx: Ctx, label: str, uuid: str | None = None) -> Group:
    """The group that a flow names: by `uuid` if it is known, else by `label`, else a new one.

    Two that make the same group at once get the same row.
    """
    groups = GroupRepository(ctx)
    known = (await groups.by_uuids([uuid])).get(uuid) if uuid else None
    known = known or await groups.by_label(label)
    if known is not None:
        return known
    label = _checked({"label": label})["label"]
    now = ctx.clock.now()
    fresh = Group(
        organization_id=ctx.org_id,
        uuid=uuid or str(ctx.ids.uuid4()),
        label=label,
        inserted_at=now,
        updated_at=now,
    )
    statement = insert(Group).values(**fresh.model_dump(exclude={"id"})).on_conflict_do_nothing()
    await ctx.session.execute(statement)
    made = await groups.by_label(label)
    if made is None:
        # A restricted member of staff named a group that is not his.
        raise NotFound.of(GroupRepository.resource, label)
    return made


async def add_to_groups(ctx: Ctx, contact_id: int, group_ids: Sequence[int]) -> int:
    """The contact is in these groups; how many are new to him. Unknown groups are left out.

    Emits GroupMembersChanged unless he was in all of them.
    """
    known = list(await GroupRepository(ctx).by_ids(ids_of(group_ids)))
    _, new_ids = await join(ctx, CONTACT_GROUP, [contact_id], known)
    if new_ids:
        ctx.emit(GroupMembersChanged((contact_id,), tuple(known)))
    return len(new_ids)


async def remove_from_groups(ctx: Ctx, contact_id: int, group_ids: Sequence[int]) -> int:
    """The contact is in none of these groups; how many he left. Emits GroupMembersChanged."""
    gone = await part(ctx, CONTACT_GROUP, [contact_id], ids_of(group_ids))
    if gone:
        ctx.emit(GroupMembersChanged((contact_id,), tuple(row.group_id for row in gone)))
    return len(gone)


async def group_info(ctx: Ctx, group_id: int | str) -> dict[str, int]:
    """How many contacts the group has, in total and by bsp status. Blocked ones are left out."""
    groups = GroupRepository(ctx)
    group = await groups.get(group_id)
    by_status = await groups.by_bsp_status(group.id)
    return {"total": sum(by_status.values()), **by_status}


async def export_group(ctx: Ctx, group_id: int | str) -> str:
    """The group's contacts as CSV: name, phone. At most MAX_EXPORTED rows.

    Text that a spreadsheet would compute is preceded by an apostrophe.
    """
    groups = GroupRepository(ctx)
    group = await groups.get(group_id)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("Name", "Phone"))
    shows_phones = ctx.actor.may("manager")
    for name, phone in await groups.everybody(group.id, MAX_EXPORTED):
        writer.writerow((_inert(name or ""), phone if shows_phones else ""))
    return out.getvalue()


def _inert(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    if "label" in values:
        label = (values["label"] or "").strip()
        if not label:
            raise Invalid("label", "can't be blank")
        if len(label) > MAX_LABEL_CHARS:
            raise Invalid("label", f"should be at most {MAX_LABEL_CHARS} characters")
        return {**values, "label": label}
    return values


def _id(group: Group) -> int:
    assert group.id is not None, "the row has been stored"
    return group.id
