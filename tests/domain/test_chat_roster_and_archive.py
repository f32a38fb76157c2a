"""Rosters and archives of the chat server, by the rule."""

from __future__ import annotations

import pytest

from app.core.context import Ctx
from app.core.errors import NotFound
from app.domain.chat import archive, circles, people, roster, shared_groups
from app.domain.chat.archive import Kept, Preferences, Wish
from app.domain.chat.archive_pages import Found
from app.domain.chat.circles import Circle
from app.domain.chat.roster import Change, Entry
from app.models.chat import ChatAccount, ChatArchive
from app.protocol.jid import Jid
from tests.conftest import Work

pytestmark = pytest.mark.anyio


async def account(ctx: Ctx, name: str) -> ChatAccount:
    row = ChatAccount(organization_id=ctx.org_id, username=name, domain="localhost")
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def test_a_request_that_waits_is_not_shown_in_the_roster(work: Work) -> None:
    """RFC 6121 3.1.3."""
    async with work() as ctx:
        asha = await account(ctx, "asha")

        change = await roster.received(ctx, asha.id, "subscribe", "ravi@localhost")

        assert Change(0, None, True) == change
        assert await roster.list_entries(ctx, asha.id) == []
        assert (await circles.circle_of(ctx, asha.id)).waiting == (("ravi@localhost", ""),)


async def test_a_grant_that_nobody_asked_for_changes_nothing(work: Work) -> None:
    """RFC 6121 A.3.3."""
    async with work() as ctx:
        asha = await account(ctx, "asha")

        change = await roster.received(ctx, asha.id, "subscribed", "ravi@localhost")

        assert Change(0, None, False) == change
        assert await roster.list_entries(ctx, asha.id) == []


async def test_circles_that_are_read_together_are_those_that_are_read_one_by_one(
    work: Work,
) -> None:
    """RFC 6121 4.2.2, 4.3: subscriptions either way, requests, and shared groups."""
    async with work() as ctx:
        people = [await account(ctx, name) for name in ("asha", "ravi", "meera")]
        asha, ravi, _ = people
        await roster.received(ctx, asha.id, "subscribe", "ravi@localhost")
        await roster.sent(ctx, asha.id, "subscribed", "ravi@localhost")
        await roster.received(ctx, ravi.id, "subscribe", "kiran@localhost", "<presence/>")
        await ctx.session.flush()
        ids = [person.id for person in people]

        before = await circles.circles_of(ctx, ids)
        await shared_groups.create_group(ctx, "localhost", "team", "Team", "", ["team"])
        await shared_groups.set_members(ctx, "localhost", "team", [shared_groups.ALL])
        await ctx.session.flush()
        after = await circles.circles_of(ctx, ids)

        assert before[asha.id] == Circle(("ravi@localhost",), ())
        assert before[ravi.id].waiting == (("kiran@localhost", "<presence/>"),)
        assert after == {id_: await circles.circle_of(ctx, id_) for id_ in ids}
        assert after[asha.id].theirs == ("meera@localhost", "ravi@localhost")


async def test_people_that_are_read_together_each_have_their_own_roster_where_it_is_asked_for(
    work: Work,
) -> None:
    """XEP-0441 2: who keeps what contacts write is known with his contacts, others without."""
    async with work() as ctx:
        asha, ravi, meera = [await account(ctx, name) for name in ("asha", "ravi", "meera")]
        for owner in (asha, meera):
            await roster.set_item(ctx, owner.id, "kiran@localhost", "", ())
            await archive.set_preferences(ctx, owner.id, Preferences("roster"))
        await roster.set_item(ctx, ravi.id, "kiran@localhost", "", ())
        await ctx.session.flush()

        names = ("asha", "ravi", "meera", "nobody")
        found = await people.find_people(ctx, [Jid(name, "localhost") for name in names])

        kiran = {"kiran@localhost": ("none", ())}
        assert {jid.local: (one.account_id, one.roster) for jid, one in found.items()} == {
            "asha": (asha.id, kiran),
            "ravi": (ravi.id, {}),
            "meera": (meera.id, kiran),
        }


async def test_subscriptions_in_both_directions_become_both(work: Work) -> None:
    """RFC 6121 3.1: one version for each change that shows."""
    async with work() as ctx:
        asha = await account(ctx, "asha")

        await roster.sent(ctx, asha.id, "subscribe", "ravi@localhost")
        await roster.received(ctx, asha.id, "subscribed", "ravi@localhost")
        await roster.received(ctx, asha.id, "subscribe", "ravi@localhost")
        change = await roster.sent(ctx, asha.id, "subscribed", "ravi@localhost")

        assert Change(4, Entry("ravi@localhost", "", "both", False, ()), True) == change


async def test_an_archive_is_read_in_pages_from_either_end(work: Work) -> None:
    """XEP-0313 4.3, XEP-0059 2.2, 2.5."""
    async with work() as ctx:
        asha = await account(ctx, "asha")
        now = ctx.clock.now()
        of = asha.id, "ravi@localhost"
        await archive.keep(
            ctx, [Kept(*of, f"s{n}", now, "<message/>", is_own=False) for n in range(5)]
        )
        await ctx.flush()

        first = await archive.find_page(ctx, asha.id, Wish(2))
        after = await archive.find_page(ctx, asha.id, Wish(3, after="s1"))
        last = await archive.find_page(ctx, asha.id, Wish(2, before=""))

        assert _shown(first) == (["s0", "s1"], False, 5)
        assert _shown(after) == (["s2", "s3", "s4"], True, 5)
        assert _shown(last) == (["s3", "s4"], False, 5)
        with pytest.raises(NotFound):
            await archive.find_page(ctx, asha.id, Wish(2, after="unknown"))


def _shown(found: Found[ChatArchive]) -> tuple[list[str], bool, int]:
    return [row.stanza_id for row in found.rows], found.is_complete, found.count
