"""Rooms in inboxes, muted conversations, and direct invitations."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from app.core.errors import Invalid
from app.domain.chat import inbox, inbox_rooms, push, rooms, rooms_invitations, spool
from app.domain.chat.inbox_rooms import RoomLine
from app.domain.chat.rooms import Standing
from tests.conftest import NOW, Work
from tests.domain.conftest import ASHA, MEERA, RAVI

pytestmark = pytest.mark.anyio

ROOM = "tea@conference.localhost"


@pytest.fixture
async def room_id(work: Work, people: dict[str, int]) -> int:
    """Asha's room with Ravi as a member and Meera as an outcast."""
    async with work() as ctx:
        room = await rooms.create_room(ctx, ROOM, ASHA, {})
        named = {RAVI: Standing("member"), MEERA: Standing("outcast")}
        await rooms.set_affiliations(ctx, ROOM, named)
        return room.id


async def unread(work: Work, people: dict[str, int]) -> dict[str, int]:
    """Whose inbox has the room, and how much of it is unread."""
    async with work() as ctx:
        rows = {who: await inbox.InboxRepository(ctx).one(id_, ROOM) for who, id_ in people.items()}
    return {who: row.unread for who, row in rows.items() if row is not None}


def line(room_id: int, number: int) -> RoomLine:
    sent_at = NOW + timedelta(seconds=number)
    return RoomLine(room_id, ROOM, f"s{number}", sent_at, f"<message id='{number}'/>")


async def test_what_was_said_is_unread_for_who_has_not_read_it(
    work: Work, people: dict[str, int], room_id: int
) -> None:
    async with work() as ctx:
        await inbox_rooms.note_room(ctx, line(room_id, 1), 3, {ASHA: 1})
    first = await unread(work, people)
    async with work() as ctx:
        await inbox_rooms.note_room(ctx, line(room_id, 2), 2, {RAVI: 0, MEERA: 0})
    second = await unread(work, people)
    async with work() as ctx:
        await inbox_rooms.read_room(ctx, ROOM, [ASHA])

    assert (first, second) == ({ASHA: 1, RAVI: 3}, {ASHA: 3, RAVI: 0})
    assert await unread(work, people) == {ASHA: 0, RAVI: 0}


async def test_a_line_that_comes_late_is_counted_and_not_shown(
    work: Work, people: dict[str, int], room_id: int
) -> None:
    async with work() as ctx:
        await inbox_rooms.note_room(ctx, line(room_id, 2), 1, {ASHA: 0})
        await inbox_rooms.note_room(ctx, line(room_id, 1), 1, {})

        row = await inbox.get_entry(ctx, people[RAVI], ROOM)
        assert (row.stanza_id, row.unread) == ("s2", 2)


async def test_two_who_speak_at_once_do_not_wait_for_each_other(
    work: Work, people: dict[str, int], room_id: int
) -> None:
    """Each would hold the line that the other one wants next."""

    async def speak(number: int, who: str) -> None:
        async with work() as ctx:
            await inbox_rooms.note_room(ctx, line(room_id, number), 1, {who: 0})

    speakers = (ASHA, RAVI) * 10
    await asyncio.gather(*(speak(number, who) for number, who in enumerate(speakers)))

    found = await unread(work, people)
    assert min(found.values()) == 0
    assert found.keys() == {ASHA, RAVI}


async def test_who_is_out_of_the_room_has_no_line_of_it(
    work: Work, people: dict[str, int], room_id: int
) -> None:
    async with work() as ctx:
        await inbox_rooms.note_room(ctx, line(room_id, 1), 1, {})
        await rooms.set_affiliation(ctx, ROOM, RAVI, "none")
    after_removal = await unread(work, people)
    async with work() as ctx:
        await rooms.destroy_room(ctx, ROOM)

    assert after_removal == {ASHA: 1}
    assert await unread(work, people) == {}


async def test_no_phone_is_woken_for_a_muted_room(
    work: Work, people: dict[str, int], room_id: int
) -> None:
    async with work() as ctx:
        await inbox_rooms.note_room(ctx, line(room_id, 1), 1, {})
        await spool.store(ctx, people[RAVI], "s1", f"<message from='{ROOM}/Asha'/>")
        await ctx.flush()
        before = await push.find_notice(ctx, people[RAVI])
        until = NOW + timedelta(hours=1)
        await inbox.change_entry(ctx, people[RAVI], ROOM, muted_until=until)

        assert before is not None
        assert await push.find_notice(ctx, people[RAVI]) is None


async def test_people_are_invited_without_being_in_the_room(
    work: Work, people: dict[str, int], room_id: int
) -> None:
    """XEP-0249 2."""
    async with work() as ctx:
        await rooms.change_option(ctx, ROOM, "password", "chai")
        await rooms_invitations.invite_directly(ctx, ROOM, [RAVI], sender=ASHA, reason="Come")
        await rooms_invitations.invite_directly(ctx, ROOM, [MEERA], password="other")
        with pytest.raises(Invalid):
            await rooms_invitations.invite_directly(ctx, ROOM, [RAVI] * 101)

        await ctx.flush()
        held = [(await spool.oldest(ctx, [people[who]]))[0] for who in (RAVI, MEERA)]
        assert [row.stanza for row in held] == [
            f'<message xmlns="jabber:client" from="{ASHA}" to="{RAVI}" id="{held[0].stanza_id}">'
            f'<x xmlns="jabber:x:conference" jid="{ROOM}" password="chai" reason="Come"/></message>',
            f'<message xmlns="jabber:client" from="{ROOM}" to="{MEERA}" id="{held[1].stanza_id}">'
            f'<x xmlns="jabber:x:conference" jid="{ROOM}" password="other"/></message>',
        ]
