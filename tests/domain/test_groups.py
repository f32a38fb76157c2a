"""Groups: a label once, members counted, joins that say what they removed."""

from __future__ import annotations

import asyncio

import pytest

from app.core.errors import Invalid, NotFound
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.contacts import service as contacts
from app.domain.contacts.data import ContactPatch
from app.domain.groups import joins, service
from app.domain.groups.data import GroupPatch
from app.domain.groups.events import GroupMembersChanged
from app.models import Organization
from tests.conftest import Work


async def test_a_label_is_taken_once(work: Work) -> None:
    with pytest.raises(Invalid) as refusal:
        async with work() as ctx:
            await service.create_group(ctx, GroupPatch(label="Art"))
            await service.create_group(ctx, GroupPatch(label="Art"))

    assert (refusal.value.key, refusal.value.message) == ("label", "has already been taken")


async def test_two_that_need_the_same_group_at_once_get_one(
    services: Services, org: Organization
) -> None:
    async def make() -> int | None:
        async with unit_of_work(services, org_id=org.id or 0) as ctx:
            return (await service.get_or_create_group(ctx, "Art")).id

    assert len(set(await asyncio.gather(*(make() for _ in range(5))))) == 1


async def test_a_flow_finds_its_group_by_uuid_after_a_new_label(work: Work) -> None:
    async with work() as ctx:
        made = await service.get_or_create_group(ctx, "Art", "00000000-0000-4000-8000-000000000001")
        await service.update_group(ctx, made.id or 0, GroupPatch(label="Poetry"))
        found = await service.get_or_create_group(ctx, "Art", made.uuid)

    assert found.id == made.id


async def test_the_info_of_a_group_counts_by_bsp_status(work: Work) -> None:
    async with work() as ctx:
        group = await service.create_group(ctx, GroupPatch(label="Art"))
        for n, status in enumerate(("session", "session", "hsm")):
            contact = await contacts.create_contact(
                ctx, ContactPatch(phone=f"91783481112{n}", bsp_status=status)
            )
            await service.add_to_groups(ctx, contact.id or 0, [group.id or 0])

        assert await service.group_info(ctx, group.id or 0) == {"total": 3, "session": 2, "hsm": 1}


async def test_contacts_enter_and_leave_a_group_and_it_is_told(
    work: Work, services: Services, other_org: Organization
) -> None:
    async with unit_of_work(services, org_id=other_org.id or 0) as ctx:
        foreign = await contacts.create_contact(ctx, ContactPatch(phone="917834811119"))
    async with work() as ctx:
        old = await contacts.create_contact(ctx, ContactPatch(phone="917834811120"))
        new = await contacts.create_contact(ctx, ContactPatch(phone="917834811121"))
        group = await service.create_group(ctx, GroupPatch(label="Art"))
        await service.add_to_groups(ctx, old.id or 0, [group.id or 0])
    async with work() as ctx:
        change = await joins.change_group_contacts(
            ctx, group.id or 0, [new.id or 0, foreign.id or 0], [old.id or 0, foreign.id or 0]
        )

    assert [row.contact_id for row in change.rows] == [new.id]
    assert change.number_deleted == 1
    assert ctx.events == [
        GroupMembersChanged((old.id or 0,), (group.id or 0,)),
        GroupMembersChanged((new.id or 0,), (group.id or 0,)),
    ]


async def test_a_deleted_group_leaves_its_contacts(work: Work) -> None:
    async with work() as ctx:
        contact = await contacts.create_contact(ctx, ContactPatch(phone="917834811120"))
        group = await service.create_group(ctx, GroupPatch(label="Art"))
        await service.add_to_groups(ctx, contact.id or 0, [group.id or 0])
    async with work() as ctx:
        await service.delete_group(ctx, group.id or 0)
    async with work() as ctx:
        assert (await contacts.get_contact(ctx, contact.id or 0)).phone == "917834811120"


async def test_a_group_of_another_organization_is_not_found(
    work: Work, services: Services, other_org: Organization
) -> None:
    async with work() as ctx:
        group = await service.create_group(ctx, GroupPatch(label="Ours"))

    with pytest.raises(NotFound) as refusal:
        async with unit_of_work(services, org_id=other_org.id or 0) as ctx:
            await service.get_group(ctx, group.id or 0)

    assert refusal.value.key == f"Elixir.Glific.Groups.Group {group.id}"


async def test_an_export_is_inert_in_a_spreadsheet(work: Work) -> None:
    async with work() as ctx:
        contact = await contacts.create_contact(
            ctx, ContactPatch(phone="917834811120", name="=1+1")
        )
        group = await service.create_group(ctx, GroupPatch(label="Art"))
        await service.add_to_groups(ctx, contact.id or 0, [group.id or 0])

        assert await service.export_group(ctx, group.id or 0) == (
            "Name,Phone\n'=1+1,917834811120\n"
        )
