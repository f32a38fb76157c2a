"""Two gateway processes, five hundred clients on one of them, and that one goes.

`SAMVAD_CROWD_SECONDS=60` lets people talk for longer before and after; the suite talks briefly.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from app.core.services import Services
from app.core.tokens import ChatClaims, sign_chat_token
from app.models import Organization
from app.models.chat import ChatAccount
from tests.conftest import Servers
from tests.e2e.conftest import free_ports
from tests.xmpp.crowd import ROOMS, Member, Node

pytestmark = pytest.mark.anyio

SECONDS = float(os.environ.get("SAMVAD_CROWD_SECONDS", "2"))
#: Clients of the node that goes, and of the other one.
LEAVING, STAYING = 500, 20
#: Of either, those who are in the rooms; and of the first, those who do not come back.
IN_ROOM, AWAY = 10, 5
#: Of the first node, those outside of the rooms who are there when both nodes are replaced.
ROLLED = 50
#: Clients that log in at once.
AT_ONCE = 40
#: RFC 6121 4.5.2, by our own promise.
GONE_WITHIN_S = 15.0


@dataclass
class Town:
    """Two processes and everybody."""

    one: Node
    two: Node
    leaving: list[Member]
    staying: list[Member]
    services: Services

    @property
    def everybody(self) -> list[Member]:
        return [*self.leaving, *self.staying]


@pytest.fixture
async def replacement(
    servers: Servers, services: Services, database_url: str, tmp_path: Path
) -> AsyncIterator[Callable[[], Node]]:
    """Starts one more node."""
    environment = {
        "DATABASE_URL": database_url,
        "REDIS_URL": servers.valkey.url,
        "SECRET_KEY": services.config.secret_key,
        "SAMVAD_HOME": str(tmp_path / "home"),
    }
    async with AsyncExitStack() as stack:

        def start() -> Node:
            (port,) = free_ports(1)
            node = Node(port, tmp_path / f"{port}.log", environment)
            stack.callback(node.end)
            return node

        yield start


@pytest.fixture
async def town(
    services: Services, org: Organization, replacement: Callable[[], Node]
) -> AsyncIterator[Town]:
    members = await make_members(services, org.id, LEAVING + STAYING)
    one, two = replacement(), replacement()
    await asyncio.gather(one.ready(), two.ready())
    leaving, staying = members[:LEAVING], members[LEAVING:]
    for member in leaving:
        member.node = one
    for member in staying:
        member.node = two
    for member in (*leaving[:IN_ROOM], *staying[:IN_ROOM]):
        member.room = ROOMS[int(member.name[1:]) % len(ROOMS)]
    yield Town(one, two, leaving, staying, services)
    for member in members:
        if member.socket is not None:
            member.socket.transport.abort()


async def make_members(services: Services, org_id: int, count: int) -> list[Member]:
    async with services.db.session() as session, session.begin():
        rows = [
            ChatAccount(organization_id=org_id, username=f"p{number}", domain="localhost")
            for number in range(count)
        ]
        session.add_all(rows)
        await session.flush()
        whose = [(row.username, row.id) for row in rows]
    key, now = services.config.secret_key, datetime.now(UTC)
    return [
        Member(
            name,
            sign_chat_token(
                ChatClaims(name, "localhost", org_id, id_, None, "1"), key, now=now, ttl_s=3600
            ),
            node=None,  # type: ignore[arg-type]  # told once it runs
        )
        for name, id_ in whose
    ]


async def all_of(members: list[Member], what: str) -> None:
    """Every member has done it, some at once."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(member: Member) -> None:
        async with gate:
            await getattr(member, what)()

    await asyncio.gather(*(one(member) for member in members))


async def talk(town: Town, round_: str, seconds: float, stop: asyncio.Event | None = None) -> None:
    """Everybody writes to the next but some, to and fro between nodes; some speak in the room."""
    loop, everybody = asyncio.get_running_loop(), town.everybody
    until_s, number = loop.time() + seconds, 0
    while loop.time() < until_s and not (stop and stop.is_set()):
        for index, member in enumerate(everybody):
            if member.socket is None or not member.is_there or member.is_behind:
                continue
            other = everybody[(index * 7 + number + 1) % len(everybody)]
            if other is not member:
                await member.say(other.bare, f"{round_}-{member.name}-{number}")
            if member.room and index % 5 == 0:
                await member.say(member.room, f"room-{round_}-{member.name}-{number}")
            if index % 50 == 0:
                await asyncio.sleep(0.01)
        # Not only where somebody spoke: everybody may be behind.
        await asyncio.sleep(0.01)
        number += 1


async def agree(town: Town, present: list[Member]) -> None:
    """Archives, senders and receivers say the same, and nobody saw anything twice."""
    said = {id_ for member in town.everybody for id_ in member.acked if id_ not in member.refused}
    async with town.services.db.session() as session:
        rows = (
            await session.execute(
                text(
                    "SELECT a.username, r.peer, substring(r.stanza from '<body>(.*)</body>')"
                    " FROM chat_archive r JOIN chat_accounts a ON a.id = r.account_id"
                )
            )
        ).all()
        in_room = (
            await session.execute(
                text("SELECT substring(stanza from '<body>(.*)</body>') FROM chat_room_archive")
            )
        ).scalars()
        room_archive = set(in_room)
    kept: dict[str, set[str]] = defaultdict(set)
    for username, peer, body in rows:
        if body.split("-")[1] == peer.partition("@")[0]:
            kept[username].add(body)

    assert {id_ for id_ in said if not id_.startswith("room-")} <= set().union(*kept.values())
    assert {id_ for id_ in said if id_.startswith("room-")} <= room_archive
    assert different(present, lambda member: (member.shown, kept[member.name])) == {}

    def heard_in_room(member: Member) -> tuple[Iterable[str], Iterable[str]]:
        there = archived_in(town, member.room, room_archive)
        own = {body for body in there if f"-{member.name}-" in body}
        return own | {*member.said_in_room}, there

    assert different([member for member in present if member.room], heard_in_room) == {}


def different(
    members: list[Member], compare: Callable[[Member], tuple[Iterable[str], Iterable[str]]]
) -> dict[str, set[str]]:
    """Who has not seen what the archive has, or something else; and what that is."""
    pairs = {member.name: compare(member) for member in members}
    return {
        name: {*seen} ^ {*kept}
        for name, (seen, kept) in pairs.items()
        if sorted(seen) != sorted(kept)
    }


def archived_in(town: Town, room: str, archive: set[str]) -> set[str]:
    """Those of the messages whose senders are in that room."""
    speakers = {member.name for member in town.everybody if member.room == room}
    return {body for body in archive if body.split("-")[2] in speakers}


async def eventually_agree(town: Town, present: list[Member]) -> None:
    """`agree`, once what is under way has come; what never comes is told by the last try."""
    for _ in range(40):
        try:
            await agree(town, present)
        except AssertionError:
            await asyncio.sleep(0.25)
        else:
            return
    await agree(town, present)


async def heard_again(town: Town, room: str) -> None:
    """Somebody at the node that stays has heard somebody else in the room."""
    speaker, hearer, *_ = (member for member in town.staying if member.room == room)
    marker = f"room-marker-{speaker.name}-0"
    async with asyncio.timeout(GONE_WITHIN_S):
        while marker not in hearer.said_in_room:
            await speaker.say(room, marker)
            await asyncio.sleep(0.25)


async def test_a_killed_node_loses_nothing_that_was_acknowledged(town: Town) -> None:
    """XEP-0198, 0313, 0359: archive and receivers agree; who is gone is said to be gone in time."""
    # Who comes first opens the rooms: both are on the node that goes.
    await all_of(town.leaving, "come")
    await all_of(town.staying, "come")
    back, away = town.leaving[:-AWAY], town.leaving[-AWAY:]
    watcher = town.staying[-1]
    for member in away:
        await watcher.send(f"<presence xmlns='jabber:client' type='subscribe' to='{member.bare}'/>")
        await member.send(
            f"<presence xmlns='jabber:client' type='subscribed' to='{watcher.bare}'/>"
        )
    # What was not acknowledged may be lost with the node, and who is away does not say it again.
    await all_of([watcher, *away], "settled")
    await talk(town, "before", SECONDS)

    loop = asyncio.get_running_loop()
    talking = asyncio.create_task(talk(town, "during", SECONDS))
    await asyncio.sleep(SECONDS / 2)
    killed_s = loop.time()
    town.one.send_signal(signal.SIGKILL)
    await all_of(town.leaving, "lost")
    await talking
    # Both rooms were on the node that is gone: they are there again for those of the other one.
    await asyncio.gather(*(heard_again(town, room) for room in ROOMS))
    taken_over_s = loop.time()
    for member in away:
        member.socket = None
    for member in back:
        member.node = town.two
    await all_of(back, "come")
    await talk(town, "after", SECONDS / 2)

    present = [*back, *town.staying]
    await all_of(present, "settled")
    await all_of([member for member in present if member.room], "catch_up")
    await eventually_agree(town, present)
    assert {way for member in back for way in member.returns} == {"bound"}
    expected = {f"{member.bare}/crowd" for member in away}
    async with asyncio.timeout(max(1.0, killed_s + GONE_WITHIN_S - loop.time())):
        while not expected <= watcher.gone.keys():
            await asyncio.sleep(0.05)
    assert max(watcher.gone[who] for who in expected) - killed_s < GONE_WITHIN_S
    assert taken_over_s - killed_s < GONE_WITHIN_S


async def test_a_node_that_is_told_to_stop_loses_no_stanza(town: Town) -> None:
    """XEP-0198 5: every client resumes at the other node, and has each stanza once, in its order."""
    await all_of(town.leaving, "come")
    await all_of(town.staying, "come")
    talking = asyncio.create_task(talk(town, "first", SECONDS))
    await asyncio.sleep(SECONDS / 2)
    town.one.send_signal(signal.SIGTERM)
    await all_of(town.leaving, "lost")
    await talking
    for member in town.leaving:
        member.node = town.two

    await all_of(town.leaving, "come")
    await talk(town, "second", SECONDS / 2)

    await all_of(town.everybody, "settled")
    await eventually_agree(town, town.everybody)
    assert {tuple(member.returns) for member in town.leaving} == {("resumed",)}
    assert {member.again for member in town.everybody} == {0}


async def test_both_nodes_are_replaced_under_traffic_and_nothing_is_lost(
    town: Town, replacement: Callable[[], Node]
) -> None:
    """XEP-0198 5: one after the other, rooms and all; nobody binds anew, nothing comes twice."""
    people = [*town.leaving[:IN_ROOM], *town.leaving[-ROLLED:]]
    rolled = replace(town, leaving=people)
    await all_of(rolled.leaving, "come")
    await all_of(rolled.staying, "come")
    stop = asyncio.Event()
    talking = asyncio.create_task(talk(rolled, "roll", SECONDS * 20, stop))

    for old, members in ((town.one, rolled.leaving), (town.two, rolled.staying)):
        fresh = replacement()
        await fresh.ready()
        await asyncio.sleep(SECONDS / 4)
        old.send_signal(signal.SIGTERM)
        await all_of(members, "lost")
        for member in members:
            member.node = fresh
        await all_of(members, "come")
    await asyncio.sleep(SECONDS / 4)
    stop.set()
    await talking

    await all_of(rolled.everybody, "settled")
    await eventually_agree(rolled, rolled.everybody)
    assert {tuple(member.returns) for member in rolled.everybody} == {("resumed",)}
    assert {member.again for member in rolled.everybody} == {0}
    assert [member.name for member in rolled.everybody if member.refused] == []
