"""Subscriptions: one listener a topic, however many people hear it."""

from __future__ import annotations

import asyncio

from app.core.services import Services
from app.graphql.fanout import listening
from app.models import Organization
from tests.graphql.conftest import StaffClient

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
