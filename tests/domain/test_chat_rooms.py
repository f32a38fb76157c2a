"""Rooms of the chat server: what holds of them in every process."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from app.core.clock import FrozenClock
from app.core.context import Ctx
from app.core.errors import Invalid, NotFound
from app.domain.chat import rooms, rooms_archive, rooms_config, rooms_subscribers
from app.domain.chat.archive_pages import Found
from app.domain.chat.rooms import LastOwner, NickTaken, RoomExists, RoomNotFound, Standing
from app.domain.chat.rooms_archive import RoomWish, Said
from app.domain.chat.rooms_config import RoomConfig
from app.domain.chat.rooms_repository import RoomRepository
from app.models import Organization
from app.models.chat import ChatRoomArchive
from tests.conftest import NOW, Work

pytestmark = pytest.mark.anyio

ROOM = "tea@conference.localhost"


async def test_a_room_is_made_once_and_its_maker_owns_it(work: Work) -> None:
    """XEP-0045 10.1.1."""
    async with work() as ctx:
        room, is_new = await rooms.open_room(ctx, ROOM, "asha@localhost")
        again, is_new_again = await rooms.open_room(ctx, ROOM, "ravi@localhost")

        assert (room.id, True, False) == (again.id, is_new, is_new_again)
        assert {"asha@localhost": Standing("owner")} == await rooms.affiliations(ctx, room.id)


async def test_a_room_of_another_organization_is_not_there(
    work: Work, other_org: Organization
) -> None:
    async with work() as ctx:
        await rooms.open_room(ctx, ROOM, "asha@localhost")

    async with work(org_id=other_org.id) as ctx:
        with pytest.raises(RoomNotFound):
            await rooms.open_room(ctx, ROOM, "eve@ujala.example")


async def test_an_administrator_types_options(work: Work) -> None:
    async with work() as ctx:
        room = await rooms.create_room(ctx, ROOM, "asha@localhost", {"members_only": "true"})
        await rooms.change_option(ctx, ROOM, "title", "Tea")
        await rooms.change_option(ctx, ROOM, "password", "darjeeling")

        expected = RoomConfig(
            title="Tea",
            persistent=True,
            members_only=True,
            password_protected=True,
            password="darjeeling",
        )
        assert expected == rooms.config_of(room)
        with pytest.raises(RoomExists):
            await rooms.create_room(ctx, ROOM, "asha@localhost")
        with pytest.raises(Invalid):
            await rooms.change_option(ctx, ROOM, "colour", "blue")
        with pytest.raises(Invalid):
            await rooms.change_option(ctx, ROOM, "max_users", "many")


def test_the_owners_form_says_what_it_was_told() -> None:
    """XEP-0045 10.2: what the form shows, sent back, changes nothing."""
    config = RoomConfig(title="Tea", anonymous=False, allow_private_messages="participants")

    shown = {field.var: field.values for field in rooms_config.fields(config)}

    assert config == rooms_config.change_form(RoomConfig(), shown)
    assert config == rooms_config.from_json(rooms_config.to_json(config))
    listed = dict(rooms_config.listed(config))
    assert listed.keys() == {field.name for field in dataclasses.fields(RoomConfig)}


async def test_a_room_keeps_an_owner(work: Work) -> None:
    """XEP-0045 10.4."""
    async with work() as ctx:
        room, _ = await rooms.open_room(ctx, ROOM, "asha@localhost")

        with pytest.raises(LastOwner):
            await rooms.set_affiliation(ctx, ROOM, "asha@localhost", "admin")
        assert {"asha@localhost": Standing("owner")} == await rooms.affiliations(ctx, room.id)

        both = {"asha@localhost": Standing("none"), "ravi@localhost": Standing("owner")}
        await rooms.set_affiliations(ctx, ROOM, both)
        assert {"ravi@localhost": Standing("owner")} == await rooms.affiliations(ctx, room.id)


async def test_a_registered_nick_is_one_persons(work: Work) -> None:
    """XEP-0045 7.10."""
    async with work() as ctx:
        room, _ = await rooms.open_room(ctx, ROOM, "asha@localhost")
        await rooms.register_nick(ctx, ROOM, "ravi@localhost", "Ravi")

        with pytest.raises(NickTaken):
            await rooms.register_nick(ctx, ROOM, "meera@localhost", "Ravi")
        assert await rooms.nicks(ctx, ROOM) == {"Ravi": "ravi@localhost"}
        assert (await rooms.affiliations(ctx, room.id))["ravi@localhost"].affiliation == "member"

        assert await rooms.unregister_nick(ctx, ROOM, "ravi@localhost")
        assert await rooms.nicks(ctx, ROOM) == {}


async def test_a_node_that_was_deposed_writes_in_vain(work: Work) -> None:
    """The room's epoch is the fence: of two who believe to own it, the later one does."""
    async with work() as ctx:
        room, _ = await rooms.open_room(ctx, ROOM, "asha@localhost")
        first = await RoomRepository(ctx).next_epoch(room.id)
        second = await RoomRepository(ctx).next_epoch(room.id)

        lost = await rooms_archive.keep_many(ctx, [_said(room.id, first, "s1")])
        kept = await rooms_archive.keep_many(ctx, [_said(room.id, second, "s2")])

        assert (frozenset({room.id}), frozenset()) == (lost, kept)
        assert [r.stanza_id for r in await rooms_archive.newest(ctx, room.id, 10)] == ["s2"]


async def test_an_archive_is_read_in_pages(work: Work) -> None:
    """XEP-0313 4, XEP-0059 2."""
    async with work() as ctx:
        room, _ = await rooms.open_room(ctx, ROOM, "asha@localhost")
        said = [_said(room.id, 0, f"s{number}") for number in range(4)]
        await rooms_archive.keep_many(ctx, said)

        async def page(**wish: object) -> tuple[list[str], bool, int]:
            return _shown(await rooms_archive.find_page(ctx, room.id, RoomWish(2, **wish)))  # type: ignore[arg-type]

        assert await page() == (["s0", "s1"], False, 4)
        assert await page(after="s1") == (["s2", "s3"], True, 4)
        assert await page(before="") == (["s2", "s3"], False, 4)
        assert await page(before="s2") == (["s0", "s1"], True, 4)
        assert await page(ids=("s1", "s3")) == (["s1", "s3"], True, 2)
        with pytest.raises(NotFound):
            await page(after="gone")


async def test_subscribers_are_kept_with_their_nodes(work: Work) -> None:
    async with work() as ctx:
        await rooms.open_room(ctx, ROOM, "asha@localhost")

        people = [("ravi@localhost", "Ravi")]
        nodes = await rooms_subscribers.subscribe(ctx, ROOM, people, ["messages", "colours"])

        assert nodes == ["urn:xmpp:mucsub:nodes:messages"]
        mine = await rooms_subscribers.list_subscriptions(ctx, "ravi@localhost")
        assert [(ROOM, "Ravi", nodes)] == [(room, row.nick, row.nodes) for row, room in mine]
        assert await rooms_subscribers.unsubscribe(ctx, ROOM, "ravi@localhost")
        assert list(await rooms_subscribers.list_subscribers(ctx, ROOM)) == []


async def test_unused_rooms_are_those_where_nobody_was(work: Work, clock: FrozenClock) -> None:
    async with work() as ctx:
        await rooms.open_room(ctx, ROOM, "asha@localhost")
    clock.advance(timedelta(days=3))
    async with work() as ctx:
        await rooms.open_room(ctx, "new@conference.localhost", "asha@localhost")

        found = await rooms.list_unused(ctx, "conference.localhost", 2)

        assert [room.jid for room in found] == [ROOM]


def _said(room_id: int, epoch: int, stanza_id: str) -> Said:
    return Said(room_id, epoch, stanza_id, "Asha", "asha@localhost", NOW, f"<{stanza_id}/>")


def _shown(page: Found[ChatRoomArchive]) -> tuple[list[str], bool, int]:
    return [row.stanza_id for row in page.rows], page.is_complete, page.count


async def test_who_may_not_enter_is_no_subscriber(work: Work) -> None:
    """MUC/Sub, XEP-0045 7.2.6 and 7.2.7: not even when he may enter again."""
    people = [(f"{name}@localhost", name) for name in ("asha", "gita", "meera", "ravi")]
    async with work() as ctx:
        await rooms.create_room(ctx, ROOM, "asha@localhost")
        await rooms.set_affiliation(ctx, ROOM, "gita@localhost", "member")
        await rooms_subscribers.subscribe(ctx, ROOM, people, ["messages"])

        await rooms.set_affiliation(ctx, ROOM, "ravi@localhost", "outcast")
        banned = await _subscribers(ctx)
        await rooms.change_option(ctx, ROOM, "members_only", "true")
        closed = await _subscribers(ctx)
        await rooms.set_affiliation(ctx, ROOM, "gita@localhost", "none")

        for who in ("ravi", "meera"):
            with pytest.raises(Invalid):
                one = (f"{who}@localhost", who)
                await rooms_subscribers.subscribe(ctx, ROOM, [one], ["messages"])
        assert banned == ["asha@localhost", "gita@localhost", "meera@localhost"]
        assert closed == ["asha@localhost", "gita@localhost"]
        assert await _subscribers(ctx) == ["asha@localhost"]


async def test_a_room_has_no_more_subscribers_than_it_can_tell(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A list of twenty thousand would say no more.
    monkeypatch.setattr(rooms_subscribers, "MAX_OF_ROOM", 2)
    people = [(f"{name}@localhost", name) for name in ("asha", "gita", "meera")]
    async with work() as ctx:
        await rooms.create_room(ctx, ROOM, "asha@localhost")
        await rooms_subscribers.subscribe(ctx, ROOM, people[:2], ["messages"])

        with pytest.raises(Invalid):
            await rooms_subscribers.subscribe(ctx, ROOM, people[2:], ["messages"])


async def _subscribers(ctx: Ctx) -> list[str]:
    return [row.jid for row in await rooms_subscribers.list_subscribers(ctx, ROOM)]
