"""Log lines say which request, organization and job they are about."""

from __future__ import annotations

import asyncio

import httpx
import pytest
import structlog

from app.core.services import Services
from app.core.uow import unit_of_work
from app.models import Organization
from tests.graphql.conftest import app, http
from workers.runtime import Runtime

__all__ = ["app", "http"]

Lines = list[structlog.typing.EventDict]


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> Lines:
    """What was bound at each log line."""
    seen: Lines = []
    before = structlog.get_config()

    def keep(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        seen.append(dict(event))
        raise structlog.DropEvent

    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, keep], cache_logger_on_first_use=False
    )
    try:
        yield seen  # type: ignore[misc]  # a fixture's generator
    finally:
        structlog.configure(**before)


async def test_an_id_of_a_request_is_in_its_lines_and_its_answer(
    http: httpx.AsyncClient, org: Organization, bound: Lines
) -> None:
    body = {"user": {"phone": "91\0"}}

    answer = await http.post(
        "/api/v1/registration/send-otp", json=body, headers={"x-request-id": "of-the-proxy"}
    )

    assert answer.headers["x-request-id"] == "of-the-proxy"
    assert bound == [
        {
            "event": "value not storable",
            "reason": "DataError",
            "request_id": "of-the-proxy",
            "org_id": org.id,
        }
    ]


async def test_a_request_gets_an_id_when_it_brings_none_that_is_one(
    http: httpx.AsyncClient,
) -> None:
    answers = [
        await http.get("/health", headers={"x-request-id": given})
        for given in ("", "a b", "a" * 101)
    ]

    ids = [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == 3
    assert all(len(id_) == 16 for id_ in ids)


async def test_the_organization_is_bound_while_a_unit_of_work_lasts(
    services: Services, org: Organization
) -> None:
    async with unit_of_work(services, org_id=org.id or 0):
        within = structlog.contextvars.get_contextvars()

    assert (within, structlog.contextvars.get_contextvars()) == ({"org_id": org.id}, {})


def test_the_lines_of_a_job_say_which_it_is() -> None:
    runtime, seen = Runtime(), []

    async def verb(_: object, number: int) -> None:
        seen.append((number, structlog.contextvars.get_contextvars()))

    with asyncio.Runner() as runner:
        runtime._runner = runner
        runtime.run(verb, 7, job="inbound.drain")
        runtime.run(verb, 8)

    assert seen == [(7, {"job": "inbound.drain"}), (8, {})]
