"""Too many requests: 429, and when to come again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.core.services import Services
from app.models import Contact, Organization
from tests.graphql.conftest import StaffClient
from tests.rest.test_login import PHONE, contact, send
from tests.rest.test_onboard import SETUP, WANTED

__all__ = ["contact"]


def limit(services: Services, **limits: Any) -> None:
    """The installation allows so much."""
    for name, value in limits.items():
        object.__setattr__(services.config, name, value)


def told(answer: httpx.Response) -> tuple[int, str, str | None]:
    return answer.status_code, answer.text, answer.headers.get("retry-after")


#: The clock of the tests stands at the beginning of a minute.
REFUSED = (429, "Rate limit exceeded", "60")


@pytest.mark.parametrize(
    "path",
    [
        "registration",
        "registration/send-otp",
        "registration/reset-password",
        "session",
        "session/renew",
        "chat/token",
    ],
)
async def test_an_address_may_call_each_login_path_so_often(
    http: httpx.AsyncClient, services: Services, org: Organization, path: str
) -> None:
    limit(services, login_per_minute=2)

    answers = [await http.post(f"/api/v1/{path}", json={}) for _ in range(3)]

    assert [answer.status_code == 429 for answer in answers] == [False, False, True]
    assert told(answers[-1]) == REFUSED


async def test_new_organizations_are_counted_over_all_addresses(
    http: httpx.AsyncClient, services: Services, org: Organization
) -> None:
    limit(services, onboard_per_minute=1)

    first = await http.post(SETUP, json=WANTED)
    second = await http.post(SETUP, json={**WANTED, "shortcode": "other"})

    assert first.json()["is_valid"] is True
    assert told(second) == REFUSED


async def test_a_user_may_ask_the_api_so_often_and_another_one_still_may(
    staff_client: StaffClient, services: Services
) -> None:
    busy, other = await staff_client("admin"), await staff_client("staff")
    limit(services, api_per_minute=2)
    query = {"query": "{ currentUser { user { id } } }"}

    answers = [await busy.post(query) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert told(answers[-1]) == REFUSED
    assert (await other.post(query)).status_code == 200


async def test_a_code_that_was_just_sent_says_when_the_next_one_may_be(
    http: httpx.AsyncClient, contact: Contact, sent_codes: list[str]
) -> None:
    await send(http)

    answer = await send(http)

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
    assert contact.phone == PHONE
    assert len(sent_codes) == 1
