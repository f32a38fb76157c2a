"""Domains: whose each is, whether it is on, what holds for it, and who administers it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.core.clock import FrozenClock
from app.core.errors import AppError, Invalid, NotFound, Refused
from app.core.services import Services
from app.domain.chat import accounts, domain_settings, domains, people, rooms, spool, uploads
from app.domain.chat.domain_settings import DomainSettings, settings_of
from app.domain.chat.domains import Domain, DomainInUse, DomainTaken
from app.domain.chat.spool import Stored
from app.domain.chat.uploads import TooLarge, Wanted
from app.models import Organization
from tests.conftest import Work

pytestmark = pytest.mark.anyio

PASSWORD = "neem tree 7"
INSTALLATION = DomainSettings(
    upload_types=("image/*", "audio/*", "video/*", "application/pdf", "text/*")
)


async def test_an_organization_has_its_main_domain_without_a_row(work: Work) -> None:
    async with work() as ctx:
        found = await domains.list_domains(ctx)

    assert found == [Domain("localhost", True, True, False, INSTALLATION)]


async def test_further_domains_are_listed_after_the_main_one(work: Work) -> None:
    async with work() as ctx:
        await domains.add_domain(ctx, "Health.Example", {"archive_days": 30})
        await domains.add_domain(ctx, "farm.example")
        found = await domains.list_domains(ctx)

    assert [(d.name, d.is_main, d.is_enabled, d.settings.archive_days) for d in found] == [
        ("localhost", True, True, 0),
        ("farm.example", False, True, 0),
        ("health.example", False, True, 30),
    ]


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("ujala.example", DomainTaken),
        ("taken.example", DomainTaken),
        ("localhost", DomainTaken),
        ("ujala.localhost", Refused),
        ("conference.farm.example", Invalid),
        ("a b", Invalid),
    ],
)
async def test_a_name_belongs_to_one_organization(
    work: Work, other_org: Organization, name: str, refusal: type[AppError]
) -> None:
    async with work(org_id=other_org.id) as ctx:
        await domains.add_domain(ctx, "taken.example")

    with pytest.raises(refusal):
        async with work() as ctx:
            await domains.add_domain(ctx, name)

    async with work() as ctx:
        assert [d.name for d in await domains.list_domains(ctx)] == ["localhost"]


async def test_accounts_are_made_at_domains_of_the_organization_only(
    work: Work, other_org: Organization
) -> None:
    async with work() as ctx:
        await domains.add_domain(ctx, "farm.example")
        made = await accounts.register(ctx, "asha", "farm.example", PASSWORD)
    with pytest.raises(Invalid) as refusal:
        async with work() as ctx:
            await accounts.register(ctx, "asha", "ujala.example", PASSWORD)

    assert (made.username, made.domain) == ("asha", "farm.example")
    assert (refusal.value.key, refusal.value.message) == (
        "domain",
        "ujala.example is not one of the organization's",
    )


async def test_a_domain_goes_once_nobody_is_left_there(work: Work) -> None:
    async with work() as ctx:
        await domains.add_domain(ctx, "farm.example")
        await accounts.register(ctx, "asha", "farm.example", PASSWORD)
        await rooms.create_room(ctx, "help@conference.farm.example", "asha@farm.example")

    with pytest.raises(DomainInUse):
        async with work() as ctx:
            await domains.remove_domain(ctx, "farm.example")
    async with work() as ctx:
        await ctx.session.delete(await accounts.get_account(ctx, "asha", "farm.example"))
    with pytest.raises(DomainInUse):
        async with work() as ctx:
            await domains.remove_domain(ctx, "farm.example")
    async with work() as ctx:
        await rooms.destroy_room(ctx, "help@conference.farm.example")
        await domains.remove_domain(ctx, "farm.example")
        left = await domains.list_domains(ctx)

    assert [d.name for d in left] == ["localhost"]


async def test_the_main_domain_stays(work: Work) -> None:
    with pytest.raises(Refused):
        async with work() as ctx:
            await domains.remove_domain(ctx, "localhost")


async def test_nobody_touches_the_domain_of_another_organization(
    work: Work, other_org: Organization
) -> None:
    for verb in (
        lambda ctx: domains.get_domain(ctx, "ujala.example"),
        lambda ctx: domains.set_enabled(ctx, "ujala.example", is_enabled=False),
        lambda ctx: domains.configure_domain(ctx, "ujala.example", {"archive": False}),
        lambda ctx: domains.set_admin_password(ctx, "ujala.example", PASSWORD),
        lambda ctx: domains.remove_domain(ctx, "ujala.example"),
    ):
        with pytest.raises(NotFound):
            async with work() as ctx:
                await verb(ctx)

    async with work(org_id=other_org.id) as ctx:
        assert await domains.get_domain(ctx, "ujala.example") == Domain(
            "ujala.example", True, True, False, INSTALLATION
        )


async def test_who_owns_a_domain_is_known_without_an_organization(
    work: Work, services: Services, org: Organization, other_org: Organization
) -> None:
    async with work() as ctx:
        await domains.add_domain(ctx, "farm.example")

    names = ("localhost", "farm.example", "ujala.example", "nobody.example")
    found = [await domains.owner_of(services, name) for name in names]

    assert found == [org.id, org.id, other_org.id, None]


async def test_a_setting_holds_until_it_is_given_back(work: Work, services: Services) -> None:
    changes = {"registration": True, "upload_types": "image/PNG, text/*", "offline_messages": 5}
    async with work() as ctx:
        await domains.configure_domain(ctx, "localhost", changes)
    set_ = await settings_of(services, "localhost")
    async with work() as ctx:
        await domains.configure_domain(ctx, "localhost", dict.fromkeys(changes))
    back = await settings_of(services, "localhost")

    assert set_ == DomainSettings(
        registration=True, upload_types=("image/png", "text/*"), offline_messages=5
    )
    assert back == INSTALLATION


async def test_a_process_sees_what_another_has_set_within_seconds(
    work: Work, services: Services, clock: FrozenClock
) -> None:
    before = await settings_of(services, "localhost")
    async with work() as ctx:
        row = await domains.DomainRepository(ctx).add(
            domains.ChatDomain(organization_id=ctx.org_id, name="localhost")
        )
        row.settings = {"archive_days": 7}
    soon = await settings_of(services, "localhost")
    clock.advance(timedelta(seconds=domain_settings.TTL_S))
    later = await settings_of(services, "localhost")

    assert (before.archive_days, soon.archive_days, later.archive_days) == (0, 0, 7)


@pytest.mark.parametrize(
    "changes",
    [
        {"colour": "red"},
        {"registration": "yes"},
        {"archive_days": -1},
        {"archive_days": True},
        {"offline_messages": 100_001},
        {"upload_max_bytes": 0},
        {"upload_types": []},
        {"upload_types": ["image"]},
        {"upload_types": [3]},
    ],
)
async def test_a_setting_that_cannot_be_is_refused(work: Work, changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refusal:
        async with work() as ctx:
            await domains.configure_domain(ctx, "localhost", changes | {"archive": False})

    async with work() as ctx:
        assert (await domains.get_domain(ctx, "localhost")).settings == INSTALLATION
    assert refusal.value.key == next(iter(changes))


async def test_a_domain_has_an_administrator_of_its_own(
    work: Work, services: Services, org: Organization
) -> None:
    async with work() as ctx:
        await domains.set_admin_password(ctx, "localhost", PASSWORD)
    right = await domains.check_admin_password(services, "localhost", PASSWORD)
    wrong = await domains.check_admin_password(services, "localhost", "monsoon 42")
    unknown = await domains.check_admin_password(services, "farm.example", PASSWORD)
    async with work() as ctx:
        await domains.delete_admin_password(ctx, "localhost")
    gone = await domains.check_admin_password(services, "localhost", PASSWORD)

    assert (right, wrong, unknown, gone) == (org.id, None, None, None)


async def test_an_archive_that_is_off_keeps_nothing(work: Work) -> None:
    async with work() as ctx:
        await accounts.register(ctx, "asha", "localhost", PASSWORD)
        await domains.configure_domain(ctx, "localhost", {"archive": False, "offline_messages": 1})
        person = await people.find_person(ctx, "asha", "localhost")

    assert person is not None
    assert (person.archives("ravi@localhost"), person.offline_messages) == (False, 1)


async def test_no_more_messages_wait_than_the_domain_says(work: Work) -> None:
    async with work() as ctx:
        account = await accounts.register(ctx, "asha", "localhost", PASSWORD)
    taken = []
    for number in range(3):
        async with work() as ctx:
            stored = Stored(account.id, f"m{number}", "<message/>", most=2)
            taken.append(await spool.store_many(ctx, [stored]))

    assert taken == [frozenset(), frozenset(), frozenset({account.id})]


async def test_the_domain_limits_uploads(work: Work) -> None:
    async with work() as ctx:
        account = await accounts.register(ctx, "asha", "localhost", PASSWORD)
        await domains.configure_domain(ctx, "localhost", {"upload_max_bytes": 10})

    with pytest.raises(TooLarge) as refusal:
        async with work() as ctx:
            await uploads.request_slot(ctx, account.id, Wanted("a.png", 11, "image/png"))

    assert refusal.value.max_bytes == 10
