"""A contact group's room: its members follow the group."""

from __future__ import annotations

import pytest

from app.domain.chat import rooms, rooms_subscribers
from app.domain.chat.events import RoomChanged
from app.domain.chat.rooms import Standing
from app.domain.contacts import service as contacts
from app.domain.contacts.data import ContactPatch
from app.domain.groups import joins, service
from app.domain.groups.data import GroupPatch
from app.models import Contact, Group
from app.models.chat import ChatAccount
from tests.conftest import Work

pytestmark = pytest.mark.anyio

OWNER, MEMBER = Standing("owner"), Standing("member")


@pytest.fixture
async def group(work: Work) -> Group:
    async with work() as ctx:
        return await service.create_group(ctx, GroupPatch(label="Art"))


@pytest.fixture
async def pupils(work: Work) -> list[Contact]:
    """Two contacts; the first has an account of another name than the phone."""
    async with work() as ctx:
        made = [
            await contacts.create_contact(ctx, ContactPatch(phone=f"91783481112{n}"))
            for n in range(2)
        ]
        account = ChatAccount(
            organization_id=ctx.org_id, username="asha", domain="localhost", contact_id=made[0].id
        )
        ctx.session.add(account)
    return made


def room_of(group: Group) -> str:
    return f"group-{group.uuid}@localhost"


async def standings(work: Work, group: Group) -> dict[str, Standing]:
    async with work() as ctx:
        room = await rooms.get_room(ctx, room_of(group))
        return await rooms.affiliations(ctx, room.id)


async def test_a_new_room_has_the_group_as_members(
    work: Work, group: Group, pupils: list[Contact]
) -> None:
    async with work() as ctx:
        await joins.change_group_contacts(ctx, group.id, [pupil.id for pupil in pupils], [])
    async with work() as ctx:
        await rooms.open_room(ctx, room_of(group), "teacher@localhost")

    expected = {
        "teacher@localhost": OWNER,
        "asha@localhost": MEMBER,
        "917834811121@localhost": MEMBER,
    }
    assert expected == await standings(work, group)


async def test_who_enters_and_leaves_the_group_does_so_in_the_room(
    work: Work, group: Group, pupils: list[Contact]
) -> None:
    async with work() as ctx:
        await rooms.open_room(ctx, room_of(group), "teacher@localhost")
        assert ctx.events == []

    async with work() as ctx:
        await joins.change_group_contacts(ctx, group.id, [pupil.id for pupil in pupils], [])
    async with work() as ctx:
        await service.remove_from_groups(ctx, pupils[1].id, [group.id])

    expected = {"teacher@localhost": OWNER, "asha@localhost": MEMBER}
    assert expected == await standings(work, group)


async def test_who_leaves_the_group_hears_no_more_of_its_room(
    work: Work, group: Group, pupils: list[Contact]
) -> None:
    """MUC/Sub: a subscription needs no presence, so nobody would be put out."""
    async with work() as ctx:
        await joins.change_group_contacts(ctx, group.id, [pupils[0].id], [])
        await rooms.open_room(ctx, room_of(group), "teacher@localhost")
        people = [("asha@localhost", "Asha"), ("teacher@localhost", "Teacher")]
        await rooms_subscribers.subscribe(ctx, room_of(group), people, ["messages"])

    async with work() as ctx:
        await service.remove_from_groups(ctx, pupils[0].id, [group.id])
    async with work() as ctx:
        heard = await rooms_subscribers.list_subscribers(ctx, room_of(group))

    assert [row.jid for row in heard] == ["teacher@localhost"]


async def test_who_is_blocked_is_a_member_no_more(
    work: Work, group: Group, pupils: list[Contact]
) -> None:
    both = {"asha@localhost": MEMBER, "917834811121@localhost": MEMBER}
    async with work() as ctx:
        await joins.change_group_contacts(ctx, group.id, [pupil.id for pupil in pupils], [])
        await rooms.open_room(ctx, room_of(group), "teacher@localhost")

    async with work() as ctx:
        await contacts.update_contact(ctx, pupils[0].id, ContactPatch(status="blocked"))
    blocked = await standings(work, group)
    async with work() as ctx:
        await contacts.update_contact(ctx, pupils[0].id, ContactPatch(status="valid"))

    assert blocked == {"teacher@localhost": OWNER, "917834811121@localhost": MEMBER}
    assert await standings(work, group) == {"teacher@localhost": OWNER, **both}


async def test_owners_admins_and_outcasts_stay_what_they_are(
    work: Work, group: Group, pupils: list[Contact]
) -> None:
    banned = {"asha@localhost": Standing("outcast", "spam"), "head@localhost": Standing("admin")}
    async with work() as ctx:
        await rooms.open_room(ctx, room_of(group), "teacher@localhost")
        await rooms.set_affiliations(ctx, room_of(group), banned)

    async with work() as ctx:
        await joins.change_group_contacts(ctx, group.id, [pupils[0].id], [])

    assert {"teacher@localhost": OWNER, **banned} == await standings(work, group)


async def test_the_room_of_a_group_that_is_gone_has_no_members(
    work: Work, group: Group, pupils: list[Contact]
) -> None:
    async with work() as ctx:
        await joins.change_group_contacts(ctx, group.id, [pupils[0].id], [])
        await rooms.open_room(ctx, room_of(group), "teacher@localhost")

    async with work() as ctx:
        await service.delete_group(ctx, group.id)

    assert await standings(work, group) == {"teacher@localhost": OWNER}


async def test_other_rooms_and_groups_are_left_alone(
    work: Work, group: Group, pupils: list[Contact]
) -> None:
    async with work() as ctx:
        other = await service.create_group(ctx, GroupPatch(label="Music"))
        await rooms.open_room(ctx, room_of(group), "teacher@localhost")

    async with work() as ctx:
        await joins.change_group_contacts(ctx, other.id, [pupils[0].id], [])
        await service.delete_group(ctx, other.id)
        assert not [event for event in ctx.events if isinstance(event, RoomChanged)]

    assert await standings(work, group) == {"teacher@localhost": OWNER}
