"""XEP-0357: what waits for an account is told to a real HTTP endpoint on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import pytest

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import push, spool
from app.models import Organization
from app.models.chat import ChatAccount
from tests.conftest import RecordingJobs

pytestmark = pytest.mark.anyio

STANZA = "<message xmlns='jabber:client' from='ravi@localhost/web' type='chat'><body>Rain!</body></message>"


@dataclass
class Endpoint:
    """A push gateway: what it was told, and what it says for each node."""

    url: str = ""
    statuses: dict[str, int] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)
    #: Nodes about which it never answers.
    silent: set[str] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, *lines = head.strip().split("\r\n")
        headers = {k.lower(): v for k, v in (item.split(": ", 1) for item in lines)}
        body = orjson.loads(await reader.readexactly(int(headers["content-length"])))
        assert (line, headers["content-type"]) == ("POST /push HTTP/1.1", "application/json")
        self.told.append(body)
        if body["node"] not in self.silent:
            status = self.statuses.get(body["node"], 200)
            writer.write(
                f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()
            )
            await writer.drain()
            writer.close()

    def nodes(self) -> list[str]:
        """The nodes that it was told about since the last call."""
        told, self.told = self.told, []
        return sorted(one["node"] for one in told)


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    made = Endpoint()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/push"
    async with server:
        yield made


@pytest.fixture
def pushing(services: Services, endpoint: Endpoint) -> Services:
    return replace(services, config=replace(services.config, push_endpoint=endpoint.url))


@pytest.fixture
async def account_id(services: Services, org: Organization) -> int:
    """An account with a message that waits and two phones that sleep."""
    async with unit_of_work(services, org_id=org.id) as ctx:
        account = ChatAccount(organization_id=org.id, username="kiran", domain="localhost")
        ctx.session.add(account)
        await ctx.session.flush()
        for node in ("one", "two"):
            await push.enable(ctx, account.id, "push.example", node, "phone", {"secret": "s"})
        await spool.store(ctx, account.id, "m1", STANZA)
        return account.id


async def enabled(services: Services, org: Organization, account_id: int) -> list[str]:
    async with unit_of_work(services, org_id=org.id) as ctx:
        return [row.node for row in await push.PushRepository(ctx).of_account(account_id)]


async def test_every_phone_is_told_that_something_came_and_not_what(
    pushing: Services, endpoint: Endpoint, account_id: int
) -> None:
    assert await push.tell_push_services(pushing, account_id) == 2

    place = {"account": "kiran@localhost", "service": "push.example", "options": {"secret": "s"}}
    assert sorted(endpoint.told, key=lambda one: str(one["node"])) == [
        place | {"node": node, "message_count": 1} for node in ("one", "two")
    ]


async def test_who_wrote_what_is_told_where_the_installation_says_so(
    pushing: Services, endpoint: Endpoint, account_id: int
) -> None:
    """XEP-0357 5.1: the summary."""
    telling = replace(pushing, config=replace(pushing.config, push_with_body=True))

    await push.tell_push_services(telling, account_id)

    told = [(one["last_message_sender"], one["last_message_body"]) for one in endpoint.told]
    assert told == [("ravi@localhost", "Rain!")] * 2


@pytest.mark.parametrize("status", [404, 410])
async def test_a_phone_that_is_gone_is_forgotten(
    pushing: Services,
    endpoint: Endpoint,
    org: Organization,
    account_id: int,
    jobs: RecordingJobs,
    status: int,
) -> None:
    endpoint.statuses["two"] = status

    assert await push.tell_push_services(pushing, account_id) == 1

    assert await enabled(pushing, org, account_id) == ["one"]
    assert [job for job in jobs.sent if job[0] == "push.tell"] == []


@pytest.mark.parametrize("status", [400, 401, 413])
async def test_a_refusal_that_is_for_good_is_not_repeated(
    pushing: Services,
    endpoint: Endpoint,
    org: Organization,
    account_id: int,
    jobs: RecordingJobs,
    status: int,
) -> None:
    endpoint.statuses |= {"one": status, "two": status}

    assert await push.tell_push_services(pushing, account_id) == 0

    assert await enabled(pushing, org, account_id) == ["one", "two"]
    assert [job for job in jobs.sent if job[0] == "push.tell"] == []


@pytest.mark.parametrize("status", [429, 503])
async def test_who_could_not_be_told_is_tried_twice_more_and_the_others_are_not(
    pushing: Services,
    endpoint: Endpoint,
    account_id: int,
    jobs: RecordingJobs,
    status: int,
) -> None:
    endpoint.statuses["two"] = status
    jobs.sent.clear()
    jobs.pauses.clear()

    told = [await push.tell_push_services(pushing, account_id)]
    nodes = [endpoint.nodes()]
    while jobs.sent:
        _, *arguments = jobs.sent.pop()
        told.append(await push.tell_push_services(pushing, *arguments))
        nodes.append(endpoint.nodes())

    assert nodes == [["one", "two"], ["two"], ["two"]]
    assert (told, jobs.pauses) == ([1, 0, 0], [5.0, 10.0])


async def test_an_endpoint_that_never_answers_is_tried_again(
    pushing: Services,
    endpoint: Endpoint,
    account_id: int,
    jobs: RecordingJobs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The limit is a constant of five seconds; a test has no five seconds to wait.
    monkeypatch.setattr(push, "TIMEOUT_S", 0.2)
    endpoint.silent = {"one"}
    jobs.sent.clear()

    assert await push.tell_push_services(pushing, account_id) == 1

    ((name, account, attempt, left),) = jobs.sent
    assert (name, account, attempt, len(left)) == ("push.tell", account_id, 2, 1)


async def test_nobody_is_told_of_what_was_fetched_meanwhile(
    pushing: Services, endpoint: Endpoint, org: Organization, account_id: int
) -> None:
    async with unit_of_work(pushing, org_id=org.id) as ctx:
        rows = await spool.oldest(ctx, [account_id])
        await spool.taken(ctx, [row.id for row in rows])

    assert await push.tell_push_services(pushing, account_id, 2) == 0
    assert endpoint.told == []


async def test_without_an_endpoint_nobody_is_told(services: Services, account_id: int) -> None:
    assert await push.tell_push_services(services, account_id) == 0
