"""Bans: who may not log in, why, and until when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.clock import FrozenClock
from app.core.errors import Invalid, NotFound
from app.core.page import Page
from app.domain.chat import accounts, bans
from app.domain.chat.bans import Ban
from app.domain.chat.events import AccountBarred
from app.models import Organization
from tests.conftest import NOW, Work

pytestmark = pytest.mark.anyio

PASSWORD = "neem tree 7"
DAY = timedelta(days=1)


@pytest.fixture
async def people(work: Work) -> None:
    async with work() as ctx:
        for name in ("asha", "meera", "ravi"):
            await accounts.register(ctx, name, "localhost", PASSWORD)


async def test_a_ban_has_a_reason_and_is_told(work: Work, people: None) -> None:
    async with work() as ctx:
        made = await bans.ban(ctx, "Asha", "localhost", "Insults", NOW + DAY)
        account = await accounts.get_account(ctx, "asha", "localhost")
        told = list(ctx.events)

    assert made == Ban("asha@localhost", "Insults", NOW, NOW + DAY)
    text = "The account is banned (until 2026-11-03 09:00 UTC): Insults"
    assert told == [AccountBarred(account.id, "asha@localhost", "policy-violation", text)]


async def test_a_ban_ends_by_itself(work: Work, people: None, clock: FrozenClock) -> None:
    async with work() as ctx:
        await bans.ban(ctx, "asha", "localhost", "Insults", NOW + DAY)
        await bans.ban(ctx, "ravi", "localhost")
    clock.advance(DAY)
    async with work() as ctx:
        account = await accounts.get_account(ctx, "asha", "localhost")
        found = await bans.find_ban(ctx, "asha", "localhost")
        listed = await bans.list_bans(ctx)
        barred = await bans.barred_among(ctx, [account.id])

    assert found is None
    assert [ban.account for ban in listed] == ["ravi@localhost"]
    assert barred == {}


async def test_bans_are_listed_by_domain_in_pages(work: Work, people: None) -> None:
    async with work() as ctx:
        for name in ("asha", "meera", "ravi"):
            await bans.ban(ctx, name, "localhost")
    async with work() as ctx:
        first = await bans.list_bans(ctx, "localhost", Page(limit=2))
        rest = await bans.list_bans(ctx, "localhost", Page(limit=2, offset=2))
        elsewhere = await bans.count_bans(ctx, "farm.example")
        count = await bans.count_bans(ctx, "localhost")

    names = [[ban.account.partition("@")[0] for ban in page] for page in (first, rest)]
    assert (names, count, elsewhere) == ([["asha", "meera"], ["ravi"]], 3, 0)


async def test_an_unbanned_account_is_as_before(work: Work, people: None) -> None:
    async with work() as ctx:
        await bans.ban(ctx, "asha", "localhost", "Insults")
    async with work() as ctx:
        was = await bans.unban(ctx, "asha", "localhost")
    async with work() as ctx:
        again = await bans.unban(ctx, "asha", "localhost")
        listed = await bans.list_bans(ctx)

    assert (was, again, listed) == (True, False, [])


@pytest.mark.parametrize(
    ("reason", "days", "field"), [("x" * 501, 1, "reason"), ("a\nb", 1, "reason"), ("", 0, "until")]
)
async def test_a_ban_that_cannot_be_is_refused(
    work: Work, people: None, reason: str, days: int, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        async with work() as ctx:
            await bans.ban(ctx, "asha", "localhost", reason, NOW + days * DAY)

    async with work() as ctx:
        assert await bans.find_ban(ctx, "asha", "localhost") is None
    assert refusal.value.key == field


async def test_nobody_bans_the_people_of_another_organization(
    work: Work, people: None, other_org: Organization
) -> None:
    with pytest.raises(NotFound):
        async with work(org_id=other_org.id) as ctx:
            await bans.ban(ctx, "asha", "localhost")

    async with work() as ctx:
        assert await bans.find_ban(ctx, "asha", "localhost") is None
