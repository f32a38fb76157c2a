"""Conversations are found by what was said, by whom, when, and by the state they are in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.core.clock import FrozenClock
from app.core.context import Ctx
from app.core.errors import Invalid, NotFound
from app.core.page import Page
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.broadcasts import service as broadcasts
from app.domain.messages import service, staff
from app.domain.messages.service import InboundMessage
from app.domain.messages.staff import Draft
from app.domain.searches import service as searches
from app.domain.searches.shapes import SearchFilter, Window, filter_of
from app.models import ContactTag, MessageTag, Organization, Tag
from tests.conftest import NOW, Work
from tests.domain.test_messages import make_contact, quiet
from tests.domain.test_messages_staff import make_group


@pytest.fixture
def work(services: Services, org: Organization) -> Work:
    return quiet(services, org)


@pytest.fixture
async def people(work: Work, clock: FrozenClock) -> dict[str, int]:
    """Asha wrote three times and was answered; Ravi wrote later; Meera never; Tara opted out."""
    async with work() as ctx:
        ids = {
            name.lower(): await make_contact(ctx, f"9199000000{n:02}", name=name, **more)
            for n, (name, more) in enumerate(
                {
                    "Asha": {"optin_status": True, "optin_time": NOW},
                    "Ravi": {},
                    "Meera": {},
                    "Tara": {"optout_time": NOW, "status": "invalid"},
                    "Blocked": {"status": "blocked"},
                }.items()
            )
        }
        for body in ("fever since Monday", "also a cough", "thanks"):
            await service.receive_message(ctx, InboundMessage(ids["asha"], body))
        await staff.create_and_send(ctx, Draft("Drink water"), ids["asha"])
    clock.advance(timedelta(days=1))
    async with work() as ctx:
        await service.receive_message(ctx, InboundMessage(ids["ravi"], "My Fever is gone"))
    return ids


async def found(ctx: Ctx, page: Page | None = None, **wanted: Any) -> list[str | None]:
    """Names of the contacts of the conversations."""
    conversations = await searches.search(ctx, SearchFilter(**wanted), page or Page(), Window(20))
    return [one.contact.name if one.contact else None for one in conversations]


async def test_the_last_spoken_with_comes_first_with_the_newest_messages(
    work: Work, people: dict[str, int]
) -> None:
    async with work() as ctx:
        result = await searches.search(ctx, SearchFilter(), Page(), Window(2))

    assert [
        (one.contact.name if one.contact else None, [m.body for m in one.messages])
        for one in result
    ] == [("Ravi", ["My Fever is gone"]), ("Asha", ["Drink water", "thanks"])]


async def test_contacts_are_found_by_name_phone_words_and_state(
    work: Work, people: dict[str, int]
) -> None:
    async with work() as ctx:
        assert await found(ctx, term="fever") == ["Ravi", "Asha"]
        assert await found(ctx, term="eer") == ["Meera"]
        assert await found(ctx, term="919900000001") == ["Ravi"]
        assert await found(ctx, term="%") == []
        assert await found(ctx, status="Unread") == ["Ravi", "Asha"]
        assert await found(ctx, status="Not replied") == ["Ravi"]
        assert await found(ctx, status="Not Responded") == ["Asha"]
        assert await found(ctx, status="Optin") == ["Asha"]
        assert await found(ctx, ids=(people["meera"],)) == ["Meera"]
        assert await found(ctx, ids=(people["blocked"],)) == []
        assert await found(ctx, date_from=NOW.date(), date_to=NOW.date()) == ["Asha"]
        tomorrow = NOW.date() + timedelta(days=1)
        assert await found(ctx, date_from=tomorrow, date_to=NOW.date()) == ["Ravi", "Asha"]
        assert await found(ctx, Page(limit=1, offset=1), term="fever") == ["Asha"]


async def test_contacts_are_found_by_tags_groups_and_staff(
    work: Work, people: dict[str, int]
) -> None:
    async with work() as ctx:
        org = await ctx.session.get(Organization, ctx.org_id)
        assert org is not None
        tag = Tag(
            organization_id=ctx.org_id,
            label="Health",
            shortcode="health",
            language_id=org.default_language_id,
        )
        ctx.session.add(tag)
        await ctx.session.flush()
        said = (await searches.search(ctx, SearchFilter(term="cough"), Page(), Window()))[0]
        ctx.session.add_all(
            [
                ContactTag(organization_id=ctx.org_id, contact_id=people["ravi"], tag_id=tag.id),
                MessageTag(
                    organization_id=ctx.org_id, message_id=said.messages[0].id, tag_id=tag.id
                ),
            ]
        )
        group = await make_group(ctx, "Patients", people["asha"])

    async with work() as ctx:
        assert tag.id is not None
        assert await found(ctx, include_tags=(tag.id,)) == ["Ravi", "Asha"]
        assert await found(ctx, include_groups=(group,)) == ["Asha"]
        assert await found(ctx, group_label="patient") == ["Asha"]
        assert await found(ctx, include_users=(77,)) == []
        multi = await searches.search_multi(ctx, SearchFilter(term="heal"), Page(), Page())
        assert [message.body for message in multi.tags] == ["Drink water"]


async def test_a_single_contact_is_read_from_a_message_number_on(
    work: Work, people: dict[str, int]
) -> None:
    async with work() as ctx:
        wanted = SearchFilter(ids=(people["asha"],))
        result = await searches.search(ctx, wanted, Page(), Window(1, offset=2))

    assert [message.message_number for message in result[0].messages] == [3, 2]


async def test_groups_have_conversations_of_their_own(work: Work, people: dict[str, int]) -> None:
    async with work() as ctx:
        group = await make_group(ctx, "Patients", people["asha"])
        await make_group(ctx, "Others")
        await broadcasts.send_to_group(ctx, Draft("Camp on Sunday"), group)

    async with work() as ctx:
        wanted = SearchFilter(search_group=True)
        result = await searches.search(ctx, wanted, Page(), Window())

    assert [
        (one.group.label if one.group else None, [m.body for m in one.messages]) for one in result
    ] == [("Patients", ["Camp on Sunday"]), ("Others", [])]


async def test_one_term_is_looked_for_everywhere(work: Work, people: dict[str, int]) -> None:
    async with work() as ctx:
        await service.receive_message(ctx, InboundMessage(people["ravi"], "I am not Asha"))
        result = await searches.search_multi(ctx, SearchFilter(term="asha"), Page(), Page())

    assert [
        (contact.name, message.body if message else None) for contact, message in result.contacts
    ] == [("Asha", "Drink water")]
    assert [message.body for message in result.messages] == ["I am not Asha"]


async def test_the_counts_of_the_states_leave_out_who_never_spoke(
    work: Work, people: dict[str, int], org: Organization
) -> None:
    async with work() as ctx:
        stats = await searches.collection_stats(ctx)

    assert stats == {
        str(org.id): {
            "All": 2,
            "Unread": 2,
            "Not replied": 1,
            "Not Responded": 1,
            "Optin": 1,
            "Optout": 1,
        }
    }


async def test_a_saved_search_runs_with_its_own_term_or_another(
    work: Work, people: dict[str, int]
) -> None:
    async with work() as ctx:
        args = {"filter": {"status": "Unread", "term": "fever"}, "messageOpts": {"limit": 5}}
        saved = await searches.create_saved_search(
            ctx, {"label": "Fever", "shortcode": "fever", "args": args}
        )

    async with work() as ctx:
        assert await found(ctx, saved_search_id=saved.id) == ["Ravi", "Asha"]
        assert await found(ctx, saved_search_id=saved.id, term="cough") == ["Asha"]
        assert await searches.count_found(ctx, [saved]) == [2]
        assert await searches.count_found(ctx, [saved], "cough") == [1]


async def test_a_label_is_saved_once(work: Work) -> None:
    values = {"label": "Fever", "shortcode": "fever", "args": {}}
    async with work() as ctx:
        await searches.create_saved_search(ctx, values)

    with pytest.raises(Invalid) as refusal:
        async with work() as ctx:
            await searches.create_saved_search(ctx, values)

    assert refusal.value.message == "has already been taken"


async def test_another_organization_finds_nothing(
    services: Services, work: Work, people: dict[str, int], other_org: Organization
) -> None:
    async with work() as ctx:
        saved = await searches.create_saved_search(
            ctx, {"label": "All", "shortcode": "All", "args": {}}
        )

    async with unit_of_work(services, org_id=other_org.id or 0) as ctx:
        assert await found(ctx) == []
        assert await found(ctx, term="fever") == []
        assert await found(ctx, ids=tuple(people.values())) == []
        with pytest.raises(NotFound):
            await searches.get_saved_search(ctx, saved.id or 0)
        with pytest.raises(NotFound):
            await found(ctx, saved_search_id=saved.id)


def test_what_a_saved_search_holds_may_be_anything() -> None:
    assert filter_of({"filter": {"includeTags": "x", "dateRange": 7, "what": 1}}) == SearchFilter()
    assert filter_of({"term": "def", "filter": {"savedSearchId": 3}}) == SearchFilter(term="def")
