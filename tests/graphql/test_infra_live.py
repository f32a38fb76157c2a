"""Subscriptions: one listener a topic, however many people hear it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from sqlmodel import select
from starlette.applications import Starlette

from app.core.clock import FrozenClock
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.login.tokens import issue_tokens, revoke_token
from app.graphql.fanout import listening
from app.models import LoginToken, Organization
from tests.graphql.conftest import Client, Socket, StaffClient

BALANCE = "subscription { bspBalance }"


async def test_two_listeners_of_a_topic_share_one_connection_and_both_hear(
    services: Services,
) -> None:
    async with (
        listening(services.live, "a") as first,
        listening(services.live, "a") as second,
    ):
        subscribers = await services.redis.pubsub_numsub("live:a")
        await services.live.publish("a", {"n": 1})
        heard = [await anext(first), await anext(second)]

    assert subscribers == [(b"live:a", 1)]
    assert heard == [{"n": 1}, {"n": 1}]


async def test_the_last_to_leave_ends_the_listening(services: Services) -> None:
    async with listening(services.live, "a"):
        pass
    async with asyncio.timeout(5):
        while await services.redis.pubsub_channels("live:*"):
            await asyncio.sleep(0.005)


async def test_one_who_has_no_role_hears_nothing(
    staff_client: StaffClient, org: Organization
) -> None:
    client = await staff_client("none")

    async with client.subscribe(BALANCE, topics=0) as following:
        answer = await following()

    assert answer["errors"][0]["message"] == "Unauthorized"


UPDATE = """mutation ($id: ID!, $input: UserInput!) {
  updateUser(id: $id, input: $input) { errors { key message } } }"""


async def heard_after(client: Client, app: Starlette, clock: FrozenClock, change: Any) -> list[Any]:
    """What a socket with a subscription is told, and answered, after `change`."""
    async with Socket(app).opened(client.token) as socket:
        await socket.send({"id": "a", "type": "subscribe", "payload": {"query": BALANCE}})
        topic = f"org:{client.user.organization_id}:bsp_balance"
        while not await client.services.redis.pubsub_channels(f"live:{topic}"):
            await asyncio.sleep(0.005)

        await change()
        clock.advance(timedelta(seconds=3))
        await client.services.live.publish(topic, {"balance": 1})
        told = await socket.receive()
        await socket.send({"id": "b", "type": "subscribe", "payload": {"query": "{ countTags }"}})
        return [told, await socket.receive()]


async def test_a_socket_hears_and_may_nothing_once_its_login_has_ended(
    staff_client: StaffClient, app: Starlette, clock: FrozenClock
) -> None:
    admin, client = await staff_client("admin"), await staff_client("manager")

    async def demote() -> None:
        await admin.data(UPDATE, {"id": client.user.id, "input": {"roles": ["none"]}})

    told, answered = await heard_after(client, app, clock, demote)

    assert told == {"id": "a", "type": "complete"}
    assert answered["payload"]["data"] == {"countTags": None}
    assert [error["message"] for error in answered["payload"]["errors"]] == ["Unauthorized"]


async def test_a_socket_goes_on_when_its_page_renews_its_tokens(
    staff_client: StaffClient, app: Starlette, clock: FrozenClock
) -> None:
    client = await staff_client("staff")

    async def renew() -> None:
        async with client.services.db.reading() as session:
            before = await session.scalar(select(LoginToken))
        async with unit_of_work(client.services, org_id=client.user.organization_id) as ctx:
            await revoke_token(ctx, client.token)
            await issue_tokens(ctx, client.user, fingerprint=before.fingerprint)

    told, answered = await heard_after(client, app, clock, renew)

    assert (told["type"], told["payload"]["data"]) == ("next", {"bspBalance": '{"balance":1}'})
    assert answered["payload"] == {"data": {"countTags": 0}}
