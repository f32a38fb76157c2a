"""A ban, or a domain that is off, holds for people's apps as it does for chat clients."""

from __future__ import annotations

import pytest

from app.core.uow import unit_of_work
from app.domain.chat import bans, domains, sessions, wrong_logins
from app.models import Organization
from app.xmpp.server.app import serve
from tests.rest.client_api import RAVI, Api, next_of

pytestmark = pytest.mark.anyio


async def test_who_is_banned_calls_nothing_and_hears_nothing(api: Api, org: Organization) -> None:
    async with api.listen(RAVI) as events:
        async with unit_of_work(api.services, org_id=org.id) as ctx:
            await bans.ban(ctx, "ravi", "localhost", "Insults")
        with pytest.raises(StopAsyncIteration):
            await next_of(events)
    during = await api.call(RAVI, "GET", "/messages")
    async with unit_of_work(api.services, org_id=org.id) as ctx:
        await bans.unban(ctx, "ravi", "localhost")
    after = await api.call(RAVI, "GET", "/messages")

    assert (during, after) == ((401, None), (200, []))


async def test_at_a_domain_that_is_off_nobody_calls_and_nobody_hears(
    api: Api, org: Organization
) -> None:
    async with api.listen(RAVI) as events:
        before = await api.call(RAVI, "GET", "/messages")
        async with unit_of_work(api.services, org_id=org.id) as ctx:
            await domains.set_enabled(ctx, "localhost", is_enabled=False)
        during = await api.call(RAVI, "GET", "/messages")
        with pytest.raises(StopAsyncIteration):
            await next_of(events)
    async with unit_of_work(api.services, org_id=org.id) as ctx:
        await domains.set_enabled(ctx, "localhost", is_enabled=True)
    after = await api.call(RAVI, "GET", "/messages")

    assert (before, during, after) == ((200, []), (401, None), (200, []))


async def test_wrong_passwords_shut_an_address_out_until_an_operator_forgives_them(
    api: Api, org: Organization
) -> None:
    """A gateway and the process of the API: an operator's word reaches both."""
    for _ in range(wrong_logins.MOST_OF_ADDRESS - 1):
        await wrong_logins.remember(api.services, "127.0.0.1")
    before = await api.call(RAVI, "GET", "/messages")
    wrong = await api.http.get("/api/messages", auth=(RAVI, "mango tree 7"))
    during = await api.call(RAVI, "GET", "/messages")

    async with serve(api.services), unit_of_work(api.services, org_id=org.id) as ctx:
        forgiven = await sessions.unban_addresses(ctx, "127.0.0.0/8")
    after = await api.call(RAVI, "GET", "/messages")

    assert (before, wrong.status_code, during) == ((200, []), 401, (401, None))
    assert (forgiven, after) == (1, (200, []))
