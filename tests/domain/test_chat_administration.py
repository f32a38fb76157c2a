"""What administrators do with accounts: lists, passwords, cards, what waits and what is archived."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.context import Ctx
from app.core.errors import Invalid, NotFound
from app.domain.chat import (
    accounts,
    archive,
    bans,
    inbox,
    retention,
    rooms,
    rooms_archive,
    shared_groups,
    spool,
    vcard_fields,
    vcards,
)
from app.domain.chat.archive import Kept
from app.domain.chat.events import AccountChanged
from app.domain.chat.rooms_archive import Said
from app.models import Organization
from app.models.chat import ChatAccount, ChatInboxEntry
from app.protocol.xmlio import parse
from tests.conftest import NOW, Work
from tests.domain.conftest import ASHA, MEERA, RAVI

pytestmark = pytest.mark.anyio

PASSWORD = "a long password"
SERVICE = "conference.localhost"


async def test_accounts_are_listed_and_counted_by_domain(
    work: Work, other_org: Organization, people: dict[str, int]
) -> None:
    async with work() as ctx:
        names = [row.username for row in await accounts.list_accounts(ctx, "localhost")]
        rest = await accounts.list_accounts(ctx, "localhost", after="asha", limit=1)

        assert (names, [row.username for row in rest]) == (["asha", "meera", "ravi"], ["meera"])
        assert list(await accounts.list_accounts(ctx, "elsewhere.example")) == []
        assert await accounts.count_accounts(ctx) == 3
        assert await accounts.count_accounts(ctx, "elsewhere.example") == 0
    async with work(org_id=other_org.id) as ctx:
        assert await accounts.count_accounts(ctx) == 0


async def test_a_password_is_right_or_wrong_also_of_who_is_banned(work: Work) -> None:
    async with work() as ctx:
        await accounts.register(ctx, "kiran", "localhost", PASSWORD)

        assert await accounts.check_password(ctx, "kiran", "localhost", PASSWORD)
        assert not await accounts.check_password(ctx, "kiran", "localhost", "another password")
        with pytest.raises(NotFound):
            await accounts.check_password(ctx, "nobody", "localhost", PASSWORD)
        await bans.ban(ctx, "kiran", "localhost", "spam")
        assert await accounts.check_password(ctx, "kiran", "localhost", PASSWORD)


async def test_an_account_that_logs_in_by_token_has_no_password(
    work: Work, people: dict[str, int]
) -> None:
    async with work() as ctx:
        assert not await accounts.check_password(ctx, "asha", "localhost", "")


async def test_a_field_of_a_card_is_written_and_the_rest_stays(
    work: Work, people: dict[str, int]
) -> None:
    """XEP-0054 3."""
    async with work() as ctx:
        asha = await _account(ctx, ASHA)
        await vcard_fields.set_values(ctx, asha, "NICKNAME", ["Ash"])
        await vcard_fields.set_values(ctx, asha, "N", ["Devi"], "FAMILY")
        await vcard_fields.set_values(ctx, asha, "N", ["Asha"], "GIVEN")
        await vcard_fields.set_values(ctx, asha, "ORG", ["Art", "Music"], "ORGUNIT")
        await vcard_fields.set_values(ctx, asha, "NICKNAME", ["Ashu", "Didi"])
        asked = (("NICKNAME", ""), ("N", "FAMILY"), ("N", "GIVEN"), ("ORG", "ORGUNIT"), ("URL", ""))

        found = [await vcard_fields.get_values(ctx, asha.id, *each) for each in asked]

        assert found == [["Ashu", "Didi"], ["Devi"], ["Asha"], ["Art", "Music"], []]
        assert AccountChanged(ASHA) in ctx.events
        card = parse(await vcards.find_vcard(ctx, asha.id) or "")
        assert [part.tag.rpartition("}")[2] for part in card] == [
            "N",
            "ORG",
            "NICKNAME",
            "NICKNAME",
        ]


@pytest.mark.parametrize("name", ["", "1ST", "NICK NAME", "{urn:x}NICKNAME", "<NICKNAME"])
async def test_what_is_no_name_of_a_field_is_refused(
    work: Work, people: dict[str, int], name: str
) -> None:
    async with work() as ctx:
        asha = await _account(ctx, ASHA)
        with pytest.raises(Invalid):
            await vcard_fields.set_values(ctx, asha, name, ["x"])
        with pytest.raises(Invalid):
            await vcard_fields.get_values(ctx, asha.id, name)

        assert await vcards.find_vcard(ctx, asha.id) is None


async def test_what_waits_is_counted_and_goes_when_it_is_old(
    work: Work, people: dict[str, int]
) -> None:
    """XEP-0160."""
    async with work() as ctx:
        await spool.store(ctx, people[ASHA], "s1", "<message/>")
        await spool.store(ctx, people[RAVI], "s2", "<message/>")
    async with work() as ctx:
        assert await spool.count_waiting(ctx, people[ASHA]) == 1
        assert await spool.count_waiting(ctx, people[MEERA]) == 0

        gone = [
            await spool.drop_old(ctx, "localhost", NOW),
            await spool.drop_old(ctx, "elsewhere.example", NOW + timedelta(days=1)),
            await spool.drop_old(ctx, "localhost", NOW + timedelta(days=1)),
        ]

        assert gone == [0, 0, 2]
        assert await spool.count_waiting(ctx, people[ASHA]) == 0


async def test_an_archive_is_counted_and_emptied_as_a_whole_or_of_one_person(
    work: Work, people: dict[str, int]
) -> None:
    async with work() as ctx:
        kept = [(ASHA, RAVI, "s1"), (ASHA, MEERA, "s2"), (ASHA, MEERA, "s3"), (RAVI, ASHA, "s4")]
        await archive.keep(
            ctx, [Kept(people[whose], peer, id_, NOW, "<m/>", True) for whose, peer, id_ in kept]
        )
    async with work() as ctx:
        asha = people[ASHA]
        assert await archive.count_kept(ctx, asha) == 3
        assert await archive.count_kept(ctx, asha, MEERA) == 2

        assert await archive.empty(ctx, asha, MEERA) == 2
        assert await archive.count_kept(ctx, asha) == 1
        assert await archive.empty(ctx, asha) == 1
        assert await archive.empty(ctx, asha) == 0
        assert await archive.count_kept(ctx, people[RAVI]) == 1


async def test_old_messages_of_a_domain_go(work: Work, people: dict[str, int]) -> None:
    async with work() as ctx:
        ages = (("s1", 9), ("s2", 1))
        kept = [
            Kept(people[ASHA], RAVI, id_, NOW - timedelta(days=days), "<m/>", True)
            for id_, days in ages
        ]
        await archive.keep(ctx, kept)
    async with work() as ctx:
        before = NOW - timedelta(days=5)
        assert await retention.remove_archived(ctx, "elsewhere.example", before) == 0
        assert await retention.remove_archived(ctx, "localhost", before) == 1

        found = await archive.find_page(ctx, people[ASHA], archive.Wish(9))
        assert [row.stanza_id for row in found.rows] == ["s2"]


async def test_the_bins_of_one_domain_are_emptied(work: Work, people: dict[str, int]) -> None:
    async with work() as ctx:
        ctx.session.add(
            ChatInboxEntry(
                organization_id=ctx.org_id,
                account_id=people[ASHA],
                peer=RAVI,
                box="bin",
                last_at=NOW,
                stanza_id="s1",
                stanza="<message/>",
            )
        )
    async with work() as ctx:
        assert await inbox.empty_bins(ctx, domain="elsewhere.example") == 0
        assert await inbox.empty_bins(ctx, domain="localhost") == 1


async def test_a_shared_group_is_changed_in_part(work: Work, people: dict[str, int]) -> None:
    async with work() as ctx:
        await shared_groups.create_group(ctx, "localhost", "art", "Art", "Painters", ["art"])
        await shared_groups.set_members(ctx, "localhost", "art", [ASHA])
    async with work() as ctx:
        group = await shared_groups.change_group(
            ctx, "localhost", "art", label="Arts", displayed=["art", "music", "art"]
        )

        assert (group.label, group.description) == ("Arts", "Painters")
        assert group.displayed == ["art", "music"]
        assert ctx.events == [AccountChanged(ASHA)]
        with pytest.raises(NotFound):
            await shared_groups.change_group(ctx, "localhost", "sports", label="Sports")


async def test_silent_rooms_are_those_in_which_nothing_was_said(work: Work) -> None:
    async with work() as ctx:
        spoken = await rooms.create_room(ctx, f"tea@{SERVICE}", ASHA)
        await rooms.create_room(ctx, f"silence@{SERVICE}", ASHA)
        said = Said(spoken.id, spoken.epoch, "s1", "Asha", ASHA, NOW, "<message/>")
        await rooms_archive.keep_many(ctx, [said])

        found = await rooms.list_silent(ctx, SERVICE)

        assert [room.jid for room in found] == [f"silence@{SERVICE}"]


async def _account(ctx: Ctx, who: str) -> ChatAccount:
    return await accounts.get_account(ctx, *who.split("@"))
