"""MUC Light rooms: one owner, members by whom they want to be added, versions."""

from __future__ import annotations

import pytest

from app.core.errors import Invalid
from app.domain.chat import rooms_light, spool
from app.domain.chat.events import PushDue, RoomDestroyed, SpoolFilled
from app.domain.chat.rooms import RoomExists, RoomNotFound
from app.domain.chat.rooms_light import NotMember, NotOwner
from app.domain.chat.spool import hold
from app.models import Organization
from tests.conftest import Work
from tests.domain.conftest import ASHA, MEERA, RAVI

pytestmark = pytest.mark.anyio

ROOM = "tea@muclight.localhost"


@pytest.fixture
async def room(work: Work, people: dict[str, int]) -> str:
    """Asha's room, in which Ravi is."""
    async with work() as ctx:
        await rooms_light.create_light(ctx, ROOM, ASHA, {"roomname": "Tea"}, [RAVI])
    return ROOM


async def test_a_room_has_its_owner_and_the_people_that_have_accounts(
    work: Work, people: dict[str, int]
) -> None:
    async with work() as ctx:
        made, inside = await rooms_light.create_light(
            ctx, ROOM, ASHA, {"roomname": "Tea", "colour": "brown"}, [RAVI, "nobody@localhost"]
        )

        assert inside == {ASHA: "owner", RAVI: "member"}
        assert inside == await rooms_light.members(ctx, ROOM)
        assert rooms_light.options_of(made) == {"roomname": "Tea", "subject": "", "colour": "brown"}
        assert [row.jid for row in await rooms_light.list_light(ctx, RAVI)] == [ROOM]
        with pytest.raises(RoomExists):
            await rooms_light.create_light(ctx, ROOM, MEERA, {})


async def test_a_room_of_another_organization_is_not_there(
    work: Work, other_org: Organization, room: str
) -> None:
    async with work(org_id=other_org.id) as ctx:
        with pytest.raises(RoomNotFound):
            await rooms_light.members(ctx, room)


@pytest.mark.parametrize(
    "options",
    [{"a b": "1"}, {"version": "1"}, {"colour": "\x00"}, {"colour": "x" * 4097}],
)
async def test_options_are_what_xml_can_hold(
    work: Work, room: str, options: dict[str, str]
) -> None:
    async with work() as ctx:
        before = rooms_light.options_of(await rooms_light.get_light(ctx, room))
        with pytest.raises(Invalid):
            await rooms_light.configure_light(ctx, room, ASHA, options)

        assert before == rooms_light.options_of(await rooms_light.get_light(ctx, room))


async def test_a_change_gives_another_version(work: Work, room: str) -> None:
    async with work() as ctx:
        first = (await rooms_light.get_light(ctx, room)).version
        second = (await rooms_light.configure_light(ctx, room, RAVI, {"subject": "Leaves"})).version
        await rooms_light.change_members(ctx, room, ASHA, {MEERA: "member"})
        third = (await rooms_light.get_light(ctx, room)).version
        await rooms_light.change_members(ctx, room, ASHA, {MEERA: "member"})

        assert len({first, second, third}) == 3
        assert third == (await rooms_light.get_light(ctx, room)).version


async def test_members_change_only_the_subject_and_themselves(work: Work, room: str) -> None:
    async with work() as ctx:
        for refused in ({MEERA: "member"}, {ASHA: "none"}, {RAVI: "owner"}):
            with pytest.raises(NotOwner):
                await rooms_light.change_members(ctx, room, RAVI, refused)
        with pytest.raises(NotOwner):
            await rooms_light.configure_light(ctx, room, RAVI, {"roomname": "Mine"})
        with pytest.raises(NotOwner):
            await rooms_light.destroy_light(ctx, room, RAVI)
        with pytest.raises(NotMember):
            await rooms_light.change_members(ctx, room, MEERA, {MEERA: "none"})

        assert await rooms_light.members(ctx, room) == {ASHA: "owner", RAVI: "member"}
        left = await rooms_light.change_members(ctx, room, RAVI, {RAVI: "none"})
        assert left == ({RAVI: "none"}, {ASHA: "owner"})


async def test_a_room_has_one_owner_until_everybody_left(work: Work, room: str) -> None:
    async with work() as ctx:
        handed = await rooms_light.change_members(ctx, room, ASHA, {RAVI: "owner"})
        left = await rooms_light.change_members(ctx, room, RAVI, {RAVI: "none"})
        ended = await rooms_light.change_members(ctx, room, ASHA, {ASHA: "none"})

        assert handed == ({ASHA: "member", RAVI: "owner"}, {ASHA: "member", RAVI: "owner"})
        assert left == ({ASHA: "owner", RAVI: "none"}, {ASHA: "owner"})
        assert ended == ({ASHA: "none"}, {})
        with pytest.raises(RoomNotFound):
            await rooms_light.get_light(ctx, room)


async def test_who_blocks_is_not_added(work: Work, room: str) -> None:
    async with work() as ctx:
        await rooms_light.set_blocks(ctx, MEERA, {("user", ASHA): True, ("room", "x@y"): True})
        refused = await rooms_light.change_members(ctx, room, ASHA, {MEERA: "member"})
        await rooms_light.set_blocks(ctx, MEERA, {("user", ASHA): False})
        added = await rooms_light.change_members(ctx, room, ASHA, {MEERA: "member"})

        assert refused == ({}, {ASHA: "owner", RAVI: "member"})
        assert added[0] == {MEERA: "member"}
        assert [(b.what, b.jid) for b in await rooms_light.blocks(ctx, MEERA)] == [("room", "x@y")]
        with pytest.raises(Invalid):
            await rooms_light.set_blocks(ctx, MEERA, {("world", "y"): True})


async def test_destruction_says_who_was_there(work: Work, room: str) -> None:
    async with work() as ctx:
        gone = await rooms_light.destroy_light(ctx, room, ASHA)

        assert gone == {ASHA: "owner", RAVI: "member"}
        assert ctx.events == [RoomDestroyed(room)]


async def test_what_waits_is_stored_for_accounts_only(work: Work, people: dict[str, int]) -> None:
    async with work() as ctx:
        await hold(ctx, "s1", {RAVI: "<message/>", "nobody@localhost": "<message/>"})

        assert ctx.events == [SpoolFilled(people[RAVI])]
        assert not [event for event in ctx.events if isinstance(event, PushDue)]
        await ctx.flush()
        rows = await spool.oldest(ctx, [people[RAVI]])
        assert [(row.stanza_id, row.stanza) for row in rows] == [("s1", "<message/>")]
