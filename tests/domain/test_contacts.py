"""Contacts: made once, changed field by field, opted in and out, seen by whom they concern."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.core.clock import FrozenClock
from app.core.context import Actor
from app.core.errors import Invalid, NotFound
from app.core.page import Page
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.contacts import history, service, simulators
from app.domain.contacts.data import ContactFilter, ContactPatch, HistoryFilter
from app.domain.contacts.errors import BlockedContact, OwnContact, SimulatorContact
from app.domain.contacts.events import (
    ContactCreated,
    ContactOptedIn,
    ContactOptedOut,
    ContactUpdated,
    SimulatorReleased,
)
from app.domain.contacts.phone import masked, read_phone
from app.domain.groups import service as groups
from app.domain.groups.data import GroupFilter, GroupPatch
from app.domain.groups.joins import add_user_to_group
from app.models import Contact, Organization, User
from tests.conftest import NOW, Work


async def names(ctx: Any, **wanted: Any) -> list[str | None]:
    rows = await service.list_contacts(ctx, ContactFilter(**wanted), Page())
    return [row.name for row in rows]


async def make_user(ctx: Any, contact: Contact, *, is_restricted: bool = False) -> User:
    user = User(
        organization_id=ctx.org_id,
        name=contact.name or "",
        phone=contact.phone,
        password_hash="none",
        roles=["staff"],
        contact_id=contact.id,
        is_restricted=is_restricted,
    )
    ctx.session.add(user)
    await ctx.session.flush()
    return user


async def make_simulators(ctx: Any, how_many: int) -> list[Contact]:
    made = [
        await service.create_contact(ctx, ContactPatch(phone=f"9876543210_{n}", name=f"Sim {n}"))
        for n in range(1, how_many + 1)
    ]
    for contact in made:
        contact.is_simulator = True
    await ctx.session.flush()
    return made


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("+91 78348 11231", "917834811231"),
        ("9876543232", "9876543232"),
        ("9989329297", "9989329297"),
        ("9876543210_1", "9876543210_1"),
    ],
)
def test_a_phone_is_kept_as_digits(written: str, kept: str) -> None:
    assert read_phone(written) == kept


@pytest.mark.parametrize("written", ["", "12", "asha", "99899abc97", "1" * 20])
def test_what_cannot_be_a_phone_is_refused(written: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_phone(written)

    assert refusal.value.key == "phone"


def test_a_masked_phone_shows_four_digits_and_two() -> None:
    assert masked("917834811231") == "9178******31"


async def test_an_unknown_phone_becomes_a_contact_in_the_default_language(
    work: Work, org: Organization
) -> None:
    async with work() as ctx:
        contact = await service.resolve_contact(ctx, "919876543232", "Ravi")
        again = await service.resolve_contact(ctx, "+91 9876543232", "Somebody else")

    assert again is contact
    assert (contact.name, contact.language_id) == ("Ravi", org.default_language_id)
    assert ctx.events == [ContactCreated(contact.id or 0)]


async def test_two_that_resolve_a_new_phone_at_once_get_one_contact(
    services: Services, org: Organization
) -> None:
    async def resolve() -> int | None:
        async with unit_of_work(services, org_id=org.id or 0) as ctx:
            return (await service.resolve_contact(ctx, "919876543232")).id

    assert len(set(await asyncio.gather(*(resolve() for _ in range(5))))) == 1


async def test_a_phone_is_taken_once_in_an_organization(
    work: Work, services: Services, other_org: Organization
) -> None:
    async with work() as ctx:
        await service.create_contact(ctx, ContactPatch(phone="919876543232"))

    with pytest.raises(Invalid) as refusal:
        async with work() as ctx:
            await service.create_contact(ctx, ContactPatch(phone="919876543232"))
    async with unit_of_work(services, org_id=other_org.id or 0) as ctx:
        elsewhere = await service.create_contact(ctx, ContactPatch(phone="919876543232"))

    assert (refusal.value.key, refusal.value.message) == ("phone", "has already been taken")
    assert elsewhere.id is not None


async def test_a_contact_of_another_organization_is_not_found(
    work: Work, services: Services, other_org: Organization
) -> None:
    async with work() as ctx:
        contact = await service.create_contact(ctx, ContactPatch(phone="919876543232"))

    with pytest.raises(NotFound) as refusal:
        async with unit_of_work(services, org_id=other_org.id or 0) as ctx:
            await service.update_contact(ctx, contact.id or 0, ContactPatch(name="Stolen"))

    assert refusal.value.key == f"Elixir.Glific.Contacts.Contact {contact.id}"


async def test_only_what_is_given_changes_and_is_told(work: Work) -> None:
    async with work() as ctx:
        made = await service.create_contact(ctx, ContactPatch(phone="919876543232", name="Ravi"))
    async with work() as ctx:
        contact = await service.update_contact(
            ctx, made.id or 0, ContactPatch(name="Ravi", settings={"label": True})
        )
    async with work() as unchanged:
        await service.update_contact(unchanged, made.id or 0, ContactPatch(name="Ravi"))

    assert (contact.name, contact.settings) == ("Ravi", {"label": True})
    assert ctx.events == [ContactUpdated(made.id or 0, ("settings",))]
    assert unchanged.events == []


async def test_blocked_contacts_hide_unless_asked_for(work: Work) -> None:
    async with work() as ctx:
        await service.create_contact(ctx, ContactPatch(phone="919876543232", name="Ravi"))
        rude = await service.create_contact(ctx, ContactPatch(phone="919876543233", name="Rude"))
        await service.update_contact(ctx, rude.id or 0, ContactPatch(status="blocked"))

        assert await names(ctx, name="r") == ["Ravi"]
        assert await names(ctx, status="blocked") == ["Rude"]
        assert await service.count_contacts(ctx, ContactFilter(name="R")) == 1


async def test_wildcards_in_a_name_are_plain_letters(work: Work) -> None:
    async with work() as ctx:
        await service.create_contact(ctx, ContactPatch(phone="919876543232", name="100%"))
        await service.create_contact(ctx, ContactPatch(phone="919876543233", name="1000"))

        assert await names(ctx, name="0%") == ["100%"]


async def test_the_own_contact_and_simulators_stay(work: Work, org: Organization) -> None:
    async with work() as ctx:
        [simulator] = await make_simulators(ctx, 1)

        with pytest.raises(OwnContact) as own:
            await service.delete_contact(ctx, org.contact_id or 0)
        with pytest.raises(OwnContact):
            await service.update_contact(ctx, org.contact_id or 0, ContactPatch(status="blocked"))
        with pytest.raises(SimulatorContact):
            await service.delete_contact(ctx, simulator.id or 0)
        with pytest.raises(SimulatorContact):
            await service.update_contact(ctx, simulator.id or 0, ContactPatch(status="blocked"))

    assert own.value.message == "Sorry, this is your chatbot number and hence cannot be deleted."


async def test_opting_in_opens_templates_and_with_a_fresh_message_both(
    work: Work, clock: FrozenClock
) -> None:
    async with work() as ctx:
        silent = await service.opt_in_phone(ctx, "917834811119", "Asha", "BSP")
        talking = await service.create_contact(ctx, ContactPatch(phone="917834811120"))
        talking.last_message_at = clock.now() - timedelta(hours=23)
        await service.opt_in(ctx, talking, "URL")
        await service.opt_in(ctx, talking, "URL")

    assert (silent.bsp_status, silent.optin_time, silent.optin_method) == ("hsm", NOW, "BSP")
    assert talking.bsp_status == "session_and_hsm"
    opted = [event for event in ctx.events if isinstance(event, ContactOptedIn)]
    assert opted == [ContactOptedIn(silent.id or 0, "BSP"), ContactOptedIn(talking.id or 0, "URL")]


async def test_who_opts_out_gets_nothing_until_he_opts_in(work: Work) -> None:
    async with work() as ctx:
        contact = await service.opt_in_phone(ctx, "917834811119", "Asha", "BSP")
        await service.opt_out(ctx, contact, "STOP")
        after = (contact.status, contact.bsp_status, contact.optin_time, contact.optout_time)
        refusal = service.may_send(ctx, contact)
        await service.opt_in(ctx, contact, "START")

    assert after == ("invalid", "none", None, NOW)
    assert refusal == "Contact status is not valid."
    assert (contact.status, contact.optout_time) == ("valid", None)
    assert ContactOptedOut(contact.id or 0, "STOP") in ctx.events


async def test_a_blocked_contact_is_not_opted_in(work: Work) -> None:
    async with work() as ctx:
        contact = await service.create_contact(
            ctx, ContactPatch(phone="917834811119", status="blocked")
        )

        with pytest.raises(BlockedContact):
            await service.opt_in(ctx, contact, "BSP")

    assert contact.optin_time is None


async def test_outside_the_window_nothing_free_is_sent(work: Work) -> None:
    async with work() as ctx:
        contact = await service.create_contact(
            ctx, ContactPatch(phone="917834811119", bsp_status="hsm")
        )
        [simulator] = await make_simulators(ctx, 1)
        simulator.bsp_status = "none"

        assert service.may_send(ctx, contact) == (
            "Sorry! 24 hrs window closed. Your message cannot be sent at this time."
        )
        assert service.may_send(ctx, simulator) is None


async def test_two_that_set_different_fields_both_win(work: Work) -> None:
    async with work() as ctx:
        made = await service.create_contact(ctx, ContactPatch(phone="917834811119"))
    async with work() as first:
        stale = await service.get_contact(first, made.id or 0)
        async with work() as second:
            mine = await service.get_contact(second, made.id or 0)
            await service.set_field(second, mine, "age", 19)
        await service.set_field(first, stale, "city", "Pune", "City")
    async with work() as ctx:
        contact = await service.get_contact(ctx, made.id or 0)
        entries = await history.list_history(ctx, HistoryFilter(contact.id), Page())

    at = "2026-11-02T09:00:00Z"
    assert contact.fields == {
        "age": {"value": 19, "label": "age", "type": "string", "inserted_at": at},
        "city": {"value": "Pune", "label": "City", "type": "string", "inserted_at": at},
    }
    assert [entry.event_label for entry in entries] == [
        "Value for age is updated to 19",
        "Value for City is updated to Pune",
    ]


async def test_a_field_that_holds_it_already_is_not_told(work: Work) -> None:
    async with work() as ctx:
        contact = await service.create_contact(ctx, ContactPatch(phone="917834811119"))
        await service.set_field(ctx, contact, "age", 19)
        ctx.events.clear()

        await service.set_field(ctx, contact, "age", 19)

        assert ctx.events == []


async def test_the_newest_25_entries_of_each_history_are_kept(
    work: Work, clock: FrozenClock
) -> None:
    async with work() as ctx:
        one = await service.create_contact(ctx, ContactPatch(phone="917834811119"))
        two = await service.create_contact(ctx, ContactPatch(phone="917834811120"))
        history.record(ctx, two.id or 0, "contact_flow_started", "Flow Started")
        for n in range(27):
            clock.advance(timedelta(seconds=1))
            history.record(ctx, one.id or 0, "contact_flow_started", f"Flow {n}")
    async with work() as ctx:
        removed = await history.purge(ctx)
        entries = await history.list_history(ctx, HistoryFilter(one.id), Page())

        assert removed == 2
        assert [e.event_label for e in entries] == [f"Flow {n}" for n in range(2, 27)]
        assert await history.count_history(ctx, HistoryFilter(two.id)) == 1


async def test_a_restricted_member_of_staff_sees_his_groups_only(
    work: Work, org: Organization
) -> None:
    async with work() as ctx:
        member = await service.create_contact(ctx, ContactPatch(phone="917834811119", name="In"))
        outsider = await service.create_contact(ctx, ContactPatch(phone="917834811120", name="Out"))
        himself = await service.create_contact(ctx, ContactPatch(phone="917834811121", name="Me"))
        user = await make_user(ctx, himself, is_restricted=True)
        group = await groups.create_group(ctx, GroupPatch(label="Mine"))
        await groups.create_group(ctx, GroupPatch(label="Not mine"))
        await add_user_to_group(ctx, user.id or 0, group.id or 0)
        await groups.add_to_groups(ctx, member.id or 0, [group.id or 0])
    actor = Actor("staff", user.id, "staff", is_restricted=True, contact_id=himself.id)

    async with work(actor) as ctx:
        assert await names(ctx) == [org.name, "In", "Me"]
        assert await groups.count_groups(ctx, GroupFilter()) == 1
        with pytest.raises(NotFound):
            await service.get_contact(ctx, outsider.id or 0)


async def test_each_user_holds_one_simulator_and_a_busy_one_is_not_given(work: Work) -> None:
    async with work() as ctx:
        await make_simulators(ctx, 1)
    async with work(Actor("staff", 7, "staff")) as ctx:
        first = await simulators.get_simulator(ctx)
        again = await simulators.get_simulator(ctx)
    async with work(Actor("staff", 8, "staff")) as ctx:
        other = await simulators.get_simulator(ctx)

    assert first is again is not None
    assert other is None


async def test_an_idle_simulator_changes_hands_and_its_holder_is_told(
    work: Work, clock: FrozenClock
) -> None:
    async with work() as ctx:
        await make_simulators(ctx, 1)
    async with work(Actor("staff", 7, "staff")) as ctx:
        first = await simulators.get_simulator(ctx)
    clock.advance(timedelta(minutes=10))

    async with work(Actor("staff", 8, "staff")) as ctx:
        second = await simulators.get_simulator(ctx)

    assert first is not None
    assert second is not None
    assert (second.id, second.simulator_user_id) == (first.id, 8)
    assert ctx.events == [SimulatorReleased(7)]


async def test_a_released_simulator_is_free(work: Work) -> None:
    async with work() as ctx:
        await make_simulators(ctx, 1)
    async with work(Actor("staff", 7, "staff")) as ctx:
        await simulators.get_simulator(ctx)
        await simulators.release_simulators(ctx)
    async with work(Actor("staff", 8, "staff")) as other:
        assert await simulators.get_simulator(other) is not None

    assert ctx.events == [SimulatorReleased(7)]
