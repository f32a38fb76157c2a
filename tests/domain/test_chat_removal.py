"""The end of an account: what it left is nowhere, and what is others' is still theirs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import SQLModel, select

from app.core.clock import FrozenClock
from app.core.errors import NotFound
from app.core.services import Services
from app.domain.chat import accounts, last_activity, removal, retention, rooms, rooms_light
from app.domain.chat.domains import configure_domain
from app.domain.chat.events import (
    AccountBarred,
    AccountRemoved,
    RoomDestroyed,
    RosterChanged,
    SubscriptionsEnded,
)
from app.domain.chat.last_activity import Seen
from app.domain.chat.uploads import place_of
from app.models import Organization
from app.models.chat import ChatArchive, ChatPrivacyList, ChatRoomArchive, ChatUpload
from app.runner import timers
from tests.conftest import NOW, RecordingJobs, Work
from tests.domain.chat_belongings import (
    OTHER,
    PASSWORD,
    THEIRS,
    WHO,
    leave_everything,
    naming,
)

pytestmark = pytest.mark.anyio

#: Tables of the chat server that say nothing of a person.
IMPERSONAL = {"chat_domains"}
#: These hold rooms and nodes; who is what there is in the tables that refer to them.
PLACES = {"chat_rooms"}


@pytest.fixture
async def kiran(work: Work) -> int:
    async with work() as ctx:
        account_id = await leave_everything(ctx)
        ctx.events.clear()
    return account_id


async def remove(work: Work, services: Services) -> int:
    async with work() as ctx:
        account_id = await removal.remove(ctx, "kiran", "localhost")
    return await removal.erase(services, account_id)


async def test_nothing_in_any_table_names_who_was_removed(
    work: Work, services: Services, kiran: int
) -> None:
    every = {
        name for name in SQLModel.metadata.tables if name.startswith("chat_")
    } - IMPERSONAL - PLACES  # fmt: skip
    async with work() as ctx:
        before = await naming(ctx, kiran)

    await remove(work, services)

    async with work() as ctx:
        after = await naming(ctx, kiran)
    assert set(before) == every, "a new table of what people leave belongs into leave_everything"
    # What waits for ravi: kiran's message, and the room's word that kiran has left.
    assert after == dict.fromkeys(THEIRS, 1) | {"chat_spool": 2}


async def test_what_is_others_stays(work: Work, services: Services, kiran: int) -> None:
    await remove(work, services)

    async with work() as ctx:
        ravi = await accounts.get_account(ctx, "ravi", "localhost")
        [kept] = (await ctx.session.scalars(select(ChatArchive))).all()
        [rules] = (await ctx.session.scalars(select(ChatPrivacyList))).all()
        [file] = (await ctx.session.scalars(select(ChatUpload))).all()
        said = (
            await ctx.session.scalars(select(ChatRoomArchive).order_by(ChatRoomArchive.id))  # type: ignore[arg-type]  # a column
        ).all()

    assert (kept.account_id, kept.peer) == (ravi.id, WHO)
    assert [item["value"] for item in rules.items] == ["x@localhost"]
    assert file.token == "ravis-file"
    # The last of them is the room's word that somebody has left.
    assert f">{removal.NOBODY}<" in said[-1].stanza
    assert [(row.nick, row.sender, row.stanza) for row in said[:-1]] == [
        (
            "Kiran",
            "",
            '<message from="his@conference.localhost/Kiran"><body>Hi</body></message>',
        ),
        (
            "nobody.invalid",
            "",
            '<message from="farm@muclight.localhost/nobody.invalid"><body>Hi</body></message>',
        ),
    ]


async def test_files_go_with_their_rows(work: Work, services: Services, kiran: int) -> None:
    file = place_of(services.config, "kirans-file")
    was_there = file.exists()

    await remove(work, services)

    assert (was_there, file.exists()) == (True, False)


async def test_rooms_go_to_who_is_left(work: Work, services: Services, kiran: int) -> None:
    """XEP-0045 10.4: a room keeps an owner."""
    await remove(work, services)

    async with work() as ctx:
        own = await rooms.get_room(ctx, "own@conference.localhost")
        owners = await rooms.affiliations(ctx, own.id)
        light = await rooms_light.members(ctx, "farm@muclight.localhost")
        alone = await rooms.find_room(ctx, "alone@conference.localhost")

    assert {who: s.affiliation for who, s in owners.items()} == {OTHER: "owner"}
    assert (light, alone) == ({OTHER: "owner"}, None)


async def test_contacts_rooms_and_nodes_are_told(work: Work, kiran: int) -> None:
    async with work() as ctx:
        await removal.remove(ctx, "kiran", "localhost", spared=f"{WHO}/phone")
        told = list(ctx.events)
        ctx.events.clear()

    gone = {
        "jid": WHO, "name": "", "subscription": "remove", "ask": False, "groups": [],
        "is_approved": False,
    }  # fmt: skip
    text = "The account is gone."
    assert told[0] == AccountBarred(kiran, WHO, "not-authorized", text, f"{WHO}/phone")
    assert told[-1] == AccountRemoved(kiran)
    ends = ((OTHER, "unsubscribe"), (OTHER, "unsubscribed"))
    assert SubscriptionsEnded(WHO, ends) in told
    assert RosterChanged(OTHER, 1, gone) in told
    assert [e.room for e in told if isinstance(e, RoomDestroyed)] == ["alone@conference.localhost"]


async def test_the_name_is_free_at_once(work: Work, services: Services, kiran: int) -> None:
    async with work() as ctx:
        await removal.remove(ctx, "kiran", "localhost")
    async with work() as ctx:
        newcomer = await accounts.register(ctx, "kiran", "localhost", PASSWORD)
        ctx.session.add(
            ChatRoomArchive(
                organization_id=ctx.org_id,
                room_id=(await rooms.get_room(ctx, "his@conference.localhost")).id,
                stanza_id="r2",
                nick="New",
                sender=WHO,
                stanza="<message/>",
                sent_at=NOW + timedelta(seconds=1),
            )
        )
    await removal.erase(services, kiran)

    async with work() as ctx:
        found = await accounts.get_account(ctx, "kiran", "localhost")
        senders = list(await ctx.session.scalars(select(ChatRoomArchive.sender)))
    assert found.id == newcomer.id != kiran
    assert sorted(senders) == ["", "", "farm@muclight.localhost", WHO]


async def test_a_removed_contact_can_have_an_account_again(work: Work) -> None:
    from app.domain.contacts.service import resolve_contact

    async with work() as ctx:
        contact = await resolve_contact(ctx, "919876543210")
        first = await accounts.ensure_account_for_contact(ctx, contact)
    async with work() as ctx:
        await removal.remove(ctx, "919876543210", "localhost")
    async with work() as ctx:
        second = await accounts.ensure_account_for_contact(ctx, contact)

    assert (first.username, second.username) == ("919876543210", "919876543210")
    assert first.id != second.id


async def test_erasing_goes_in_pages_and_may_run_twice(
    work: Work, services: Services, kiran: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "PAGE", 2)
    async with work() as ctx:
        ctx.session.add_all(
            ChatArchive(
                organization_id=ctx.org_id, account_id=kiran, peer=OTHER, stanza_id=f"n{n}",
                stanza="<message/>",
            )
            for n in range(5)
        )  # fmt: skip
    pages: list[int] = []
    async with work() as ctx:
        await removal.remove(ctx, "kiran", "localhost")
        expected = await removal.count_own(ctx, kiran)

    erased = await removal.erase(services, kiran, pages.append)
    again = await removal.erase(services, kiran)

    assert (erased, again) == (expected + 1, 0)
    assert max(pages) == 2
    assert pages[-1] == 0


async def test_two_erasers_do_not_get_in_each_others_way(
    work: Work, services: Services, kiran: int
) -> None:
    async with work() as ctx:
        await removal.remove(ctx, "kiran", "localhost")
    async with work() as ctx:
        await ctx.session.get(accounts.ChatAccount, kiran, with_for_update=True)
        meanwhile = await removal.erase(services, kiran)
    afterwards = await removal.erase(services, kiran)

    async with work() as ctx:
        assert await naming(ctx, kiran) == dict.fromkeys(THEIRS, 1) | {"chat_spool": 2}
    assert (meanwhile, afterwards > 0) == (0, True)


async def test_an_account_that_was_not_removed_is_not_erased(
    work: Work, services: Services, kiran: int
) -> None:
    erased = await removal.erase(services, kiran)

    async with work() as ctx:
        assert (await accounts.get_account(ctx, "kiran", "localhost")).id == kiran
    assert erased == 0


async def test_nobody_removes_the_people_of_another_organization(
    work: Work, other_org: Organization, kiran: int
) -> None:
    with pytest.raises(NotFound):
        async with work(org_id=other_org.id) as ctx:
            await removal.remove(ctx, "kiran", "localhost")

    async with work() as ctx:
        assert (await accounts.get_account(ctx, "kiran", "localhost")).removed_at is None


async def test_an_erasure_that_was_left_behind_is_found(
    work: Work, services: Services, kiran: int, clock: FrozenClock, jobs: RecordingJobs
) -> None:
    async with work() as ctx:
        await removal.remove(ctx, "kiran", "localhost")
    first = [job for job in jobs.sent if job[0] == "accounts.erase"]
    jobs.sent.clear()
    await timers.sweep(services)
    early = [job for job in jobs.sent if job[0] == "accounts.erase"]
    clock.advance(removal.LEFT_BEHIND + timedelta(seconds=1))
    await timers.sweep(services)

    assert (first, early) == ([("accounts.erase", kiran)], [])
    assert ("accounts.erase", kiran) in jobs.sent


async def test_a_goodbye_of_who_is_gone_spoils_nobody_elses(
    work: Work, services: Services, kiran: int
) -> None:
    """Goodbyes are written in batches: one of an account that is erased must not fail the rest."""
    await remove(work, services)
    async with work() as ctx:
        ravi = await accounts.get_account(ctx, "ravi", "localhost")
        await last_activity.record(ctx, {kiran: Seen(NOW), ravi.id: Seen(NOW, "Lunch")})
        seen = [await last_activity.find(ctx, id_) for id_ in (kiran, ravi.id)]

    assert seen == [None, Seen(NOW, "Lunch")]


async def test_a_domain_keeps_archives_and_files_as_long_as_it_says(
    work: Work, services: Services, kiran: int, clock: FrozenClock
) -> None:
    settings = {"archive_days": 2, "upload_days": 1}
    async with work() as ctx:
        await configure_domain(ctx, "localhost", settings)
    early = await retention.purge(services)
    clock.advance(timedelta(days=1, seconds=1))
    files = await retention.purge(services)
    clock.advance(timedelta(days=1))
    archives = await retention.purge(services)

    assert (early, files, archives) == (0, 2, 2)
    assert not place_of(services.config, "kirans-file").exists()
