"""Registering, logging in and what ends a login (seed: Authentication)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.core.clock import FrozenClock
from app.core.services import Services
from app.core.uow import unit_of_work
from app.models import Contact, Organization

PHONE = "911234554321"
V1 = "/api/v1"


@pytest.fixture
async def contact(services: Services, org: Organization) -> Contact:
    """Somebody who has opted in and is no user."""
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        row = Contact(
            organization_id=org.id or 0,
            uuid=str(ctx.ids.uuid4()),
            name="Adelle",
            phone=PHONE,
            language_id=org.default_language_id,
            optin_time=ctx.clock.now(),
        )
        ctx.session.add(row)
    return row


async def send(http: httpx.AsyncClient, **user: str) -> httpx.Response:
    return await http.post(f"{V1}/registration/send-otp", json={"user": {"phone": PHONE, **user}})


async def register(
    http: httpx.AsyncClient, codes: list[str], clock: FrozenClock, **more: str
) -> httpx.Response:
    await send(http)
    user = {"name": "Adelle", "phone": PHONE, "password": "secret1234", "otp": codes[-1], **more}
    answer = await http.post(f"{V1}/registration", json={"user": user})
    clock.advance(timedelta(seconds=31))
    return answer


async def roles_of(http: httpx.AsyncClient, token: str) -> Any:
    answer = await http.post(
        "/api",
        json={"query": "{ currentUser { user { roles } } }"},
        headers={"authorization": token},
    )
    return answer.json()["data"]["currentUser"]["user"]["roles"] if answer.is_success else None


async def test_a_code_goes_to_an_opted_in_contact_by_form_and_by_json(
    http: httpx.AsyncClient, contact: Contact, sent_codes: list[str], clock: FrozenClock
) -> None:
    by_form = await http.post(f"{V1}/registration/send-otp", data={"user[phone]": f"+{PHONE}"})
    clock.advance(timedelta(seconds=30))
    by_json = await send(http)

    expected = {"data": {"phone": PHONE, "message": f"OTP sent successfully to {PHONE}"}}
    assert (by_form.status_code, by_form.json()) == (200, expected)
    assert (by_json.status_code, by_json.json()) == (200, expected)


async def test_a_stranger_gets_no_code(http: httpx.AsyncClient, org: Organization) -> None:
    answer = await send(http)

    assert answer.status_code == 400
    assert answer.json() == {"error": {"status": 400, "message": f"Cannot send the otp to {PHONE}"}}


@pytest.mark.parametrize(("registration", "status"), [("false", 400), ("true", 200)])
async def test_a_code_for_a_user_is_not_for_a_mere_contact(
    http: httpx.AsyncClient,
    contact: Contact,
    sent_codes: list[str],
    registration: str,
    status: int,
) -> None:
    assert (await send(http, registration=registration)).status_code == status


async def test_codes_are_sent_half_a_minute_apart(
    http: httpx.AsyncClient, contact: Contact, sent_codes: list[str]
) -> None:
    await send(http)
    second = await send(http)

    assert second.status_code == 429
    assert second.json()["error"]["message"] == (
        "An OTP was just sent. Please try again in 30 seconds."
    )
    assert len(sent_codes) == 1


async def test_the_first_user_is_an_administrator_and_the_next_has_no_role(
    http: httpx.AsyncClient,
    contact: Contact,
    sent_codes: list[str],
    clock: FrozenClock,
    services: Services,
    org: Organization,
) -> None:
    first = await register(http, sent_codes, clock)
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        ctx.session.add(
            Contact(
                organization_id=org.id or 0,
                uuid="b",
                phone="919876543210",
                language_id=org.default_language_id,
                optin_time=clock.now(),
            )
        )
    await send(http, phone="919876543210")
    second = await http.post(
        f"{V1}/registration",
        json={
            "user": {
                "name": "Bela",
                "phone": "919876543210",
                "password": "secret1234",
                "otp": sent_codes[-1],
            }
        },
    )

    token = first.json()["data"]["access_token"]
    assert await roles_of(http, token) == ["admin"]
    assert set(first.json()["data"]) == {"access_token", "renewal_token", "token_expiry_time"}
    assert await roles_of(http, second.json()["data"]["access_token"]) == ["none"]


async def test_a_registration_with_a_wrong_code_makes_nobody(
    http: httpx.AsyncClient, contact: Contact, sent_codes: list[str]
) -> None:
    await send(http)
    wrong = "000000" if sent_codes[-1] != "000000" else "111111"
    user = {"name": "Adelle", "phone": PHONE, "password": "secret1234", "otp": wrong}

    answer = await http.post(f"{V1}/registration", json={"user": user})
    login = await http.post(f"{V1}/session", json={"user": user})

    assert answer.json()["error"]["message"] == "Couldn't create user"
    assert answer.json()["error"]["errors"] == {"OTP": ["incorrect_code"]}
    assert login.status_code == 401


async def test_five_wrong_codes_block_for_a_minute(
    http: httpx.AsyncClient, contact: Contact, sent_codes: list[str], clock: FrozenClock
) -> None:
    await send(http)
    right = sent_codes[-1]
    wrong = "000000" if right != "000000" else "111111"
    user = {"name": "Adelle", "phone": PHONE, "password": "secret1234"}
    answers = [
        (await http.post(f"{V1}/registration", json={"user": {**user, "otp": otp}})).json()
        for otp in [wrong] * 5 + [right]
    ]
    clock.advance(timedelta(seconds=61))
    later = await http.post(f"{V1}/registration", json={"user": {**user, "otp": right}})

    assert [a["error"]["errors"]["OTP"][0] for a in answers] == ["incorrect_code"] * 5 + [
        "attempt_blocked"
    ]
    assert later.status_code == 200


async def test_a_code_ends_after_five_minutes(
    http: httpx.AsyncClient, contact: Contact, sent_codes: list[str], clock: FrozenClock
) -> None:
    await send(http)
    clock.advance(timedelta(seconds=301))
    user = {"name": "A", "phone": PHONE, "password": "secret1234", "otp": sent_codes[-1]}

    answer = await http.post(f"{V1}/registration", json={"user": user})

    assert answer.json()["error"]["errors"] == {"OTP": ["code_expired"]}


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "should be at least 8 characters"),
        ("password123", "is too easy to guess"),
        (PHONE, "is too easy to guess"),
        ("", "can't be blank"),
    ],
)
async def test_a_poor_password_is_refused_and_the_code_stays_good(
    http: httpx.AsyncClient,
    contact: Contact,
    sent_codes: list[str],
    clock: FrozenClock,
    password: str,
    why: str,
) -> None:
    refused = await register(http, sent_codes, clock, password=password)
    user = {"name": "A", "phone": PHONE, "password": "secret1234", "otp": sent_codes[-1]}
    good = await http.post(f"{V1}/registration", json={"user": user})

    assert refused.status_code == 422
    assert refused.json()["error"]["errors"] == {"password": [why]}
    assert good.status_code == 200


async def test_a_login_answers_its_tokens_once_beside_and_once_within_data(
    http: httpx.AsyncClient, contact: Contact, sent_codes: list[str], clock: FrozenClock
) -> None:
    await register(http, sent_codes, clock)

    answer = await http.post(
        f"{V1}/session", data={"user[phone]": PHONE, "user[password]": "secret1234"}
    )

    data = answer.json()["data"]
    inner = data.pop("data")
    assert data == inner
    assert data["is_trial"] is False
    assert data["trial_expiration_date"] is None
    assert data["token_expiry_time"] == "2026-11-02T09:30:31Z"
    assert data["last_login_time"] == "2026-11-02T09:00:00Z"
    assert await roles_of(http, data["access_token"]) == ["admin"]


@pytest.mark.parametrize(("phone", "password"), [(PHONE, "secret12345"), ("910", "secret1234")])
async def test_a_wrong_phone_or_password_is_told_alike(
    http: httpx.AsyncClient,
    contact: Contact,
    sent_codes: list[str],
    clock: FrozenClock,
    phone: str,
    password: str,
) -> None:
    await register(http, sent_codes, clock)

    answer = await http.post(f"{V1}/session", json={"user": {"phone": phone, "password": password}})

    assert answer.status_code == 401
    assert answer.json() == {"error": {"status": 401, "message": "Invalid phone or password"}}


async def test_a_renewal_token_is_good_once_and_ends_the_old_pair(
    http: httpx.AsyncClient, contact: Contact, sent_codes: list[str], clock: FrozenClock
) -> None:
    old = (await register(http, sent_codes, clock)).json()["data"]
    header = {"authorization": old["renewal_token"]}
    clock.advance(timedelta(seconds=3))

    first = await http.post(f"{V1}/session/renew", headers=header)
    second = await http.post(f"{V1}/session/renew", headers=header)

    new = first.json()["data"]
    assert set(new) == {"access_token", "renewal_token", "token_expiry_time", "data"}
    assert new["data"]["access_token"] == new["access_token"]
    assert second.status_code == 401
    assert second.json() == {"error": {"status": 401, "message": "Invalid token"}}
    assert await roles_of(http, old["access_token"]) is None
    assert await roles_of(http, new["access_token"]) == ["admin"]


async def test_logging_out_ends_both_tokens(
    http: httpx.AsyncClient, contact: Contact, sent_codes: list[str], clock: FrozenClock
) -> None:
    pair = (await register(http, sent_codes, clock)).json()["data"]
    assert await roles_of(http, pair["access_token"]) == ["admin"]

    answer = await http.delete(f"{V1}/session", headers={"authorization": pair["access_token"]})
    renewed = await http.post(
        f"{V1}/session/renew", headers={"authorization": pair["renewal_token"]}
    )

    assert answer.json() == {"data": {}}
    assert await roles_of(http, pair["access_token"]) is None
    assert renewed.status_code == 401


@pytest.mark.parametrize("name", ["password", "new_password"])
async def test_a_new_password_ends_the_old_logins(
    http: httpx.AsyncClient,
    contact: Contact,
    sent_codes: list[str],
    clock: FrozenClock,
    name: str,
) -> None:
    old = (await register(http, sent_codes, clock)).json()["data"]
    await send(http, registration="false")

    answer = await http.post(
        f"{V1}/registration/reset-password",
        json={"user": {"phone": PHONE, name: "a better secret", "otp": sent_codes[-1]}},
    )
    login = await http.post(
        f"{V1}/session", json={"user": {"phone": PHONE, "password": "a better secret"}}
    )

    assert await roles_of(http, answer.json()["data"]["access_token"]) == ["admin"]
    assert await roles_of(http, old["access_token"]) is None
    assert login.status_code == 200


async def test_logins_are_limited_by_phone(http: httpx.AsyncClient, org: Organization) -> None:
    body = {"user": {"phone": PHONE, "password": "secret1234"}}

    codes = [(await http.post(f"{V1}/session", json=body)).status_code for _ in range(21)]

    assert codes == [401] * 20 + [429]


async def test_the_host_names_the_organization(
    http: httpx.AsyncClient, org: Organization, other_org: Organization
) -> None:
    async def name(host: str) -> Any:
        answer = await http.post(f"{V1}/session/name", headers={"host": host})
        return answer.json()["data"] if answer.is_success else answer.status_code

    asha, ujala = (
        {"name": "Asha", "status": "active"},
        {"name": "Ujala", "status": "active"},
    )
    assert await name("api.ujala.samvad.example") == ujala
    assert await name("UJALA.samvad.example:443") == ujala
    assert await name("localhost:4000") == asha
    assert await name("192.0.2.7") == asha
    assert await name("nobody.samvad.example") == 403


async def test_the_tracker_listens(http: httpx.AsyncClient, org: Organization) -> None:
    answer = await http.post(f"{V1}/session/tracker", json={"event": "Flow opened"})

    assert answer.json() == {"data": {"status": "ok"}}


async def test_health_is_told(http: httpx.AsyncClient) -> None:
    alive, ready = await http.get("/health"), await http.get("/health/ready")

    assert alive.json() == {"status": "ok"}
    assert ready.json() == {"status": "ok", "database": "ok", "redis": "ok"}


async def test_two_who_ask_for_a_first_code_at_once_get_one(
    http: httpx.AsyncClient, contact: Contact, sent_codes: list[str]
) -> None:
    answers = await asyncio.gather(*(send(http) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 429, 429, 429]
    assert len(sent_codes) == 1
