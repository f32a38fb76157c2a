"""A person proves his phone and gets the cookie that opens the chat."""

from __future__ import annotations

from datetime import timedelta
from http.cookies import SimpleCookie

import httpx

from app.core.clock import FrozenClock
from app.core.services import Services
from app.core.uow import unit_of_work
from app.models import Contact, Organization
from tests.rest.test_login import PHONE, contact, send

__all__ = ["contact"]

PATH = "/api/v1/chat/token"


async def test_a_good_code_gives_a_cookie_that_scripts_cannot_read(
    http: httpx.AsyncClient, contact: Contact, sent_codes: list[str], org: Organization
) -> None:
    await send(http)

    answer = await http.post(PATH, json={"user": {"phone": PHONE, "otp": sent_codes[-1]}})

    cookie = SimpleCookie(answer.headers["set-cookie"])["auth_token"]
    assert answer.json() == {
        "data": {
            "jid": f"{PHONE}@localhost",
            "domain": "localhost",
            "token_expiry_time": "2026-11-09T09:00:00Z",
            "websocket": "ws://localhost:5280/xmpp",
        }
    }
    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/", "lax", True)
    assert cookie.value.count(".") == 2


async def test_a_wrong_code_gives_nothing(
    http: httpx.AsyncClient, contact: Contact, sent_codes: list[str]
) -> None:
    await send(http)
    wrong = "000000" if sent_codes[-1] != "000000" else "111111"

    answer = await http.post(PATH, json={"user": {"phone": PHONE, "otp": wrong}})

    assert answer.status_code == 422
    assert answer.json()["error"]["errors"] == {"OTP": ["incorrect_code"]}
    assert "set-cookie" not in answer.headers


async def test_a_blocked_contact_gets_no_cookie(
    http: httpx.AsyncClient,
    contact: Contact,
    sent_codes: list[str],
    services: Services,
    clock: FrozenClock,
) -> None:
    await send(http)
    async with unit_of_work(services, org_id=contact.organization_id) as ctx:
        row = await ctx.session.get(Contact, contact.id)
        assert row is not None
        row.status = "blocked"

    answer = await http.post(PATH, json={"user": {"phone": PHONE, "otp": sent_codes[-1]}})

    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


async def test_the_answer_names_the_gateway_as_it_is_set_up(
    http: httpx.AsyncClient,
    contact: Contact,
    sent_codes: list[str],
    services: Services,
    clock: FrozenClock,
) -> None:
    told = []
    for settings in (
        {"gateway_port": 6280},
        {"public_url": "https://asha.example"},
        {"public_chat_url": "wss://chat.example/xmpp"},
    ):
        for name, value in settings.items():
            object.__setattr__(services.config, name, value)
        await send(http)
        answer = await http.post(PATH, json={"user": {"phone": PHONE, "otp": sent_codes[-1]}})
        told.append(answer.json()["data"]["websocket"])
        clock.advance(timedelta(seconds=31))

    assert told == [
        "ws://localhost:6280/xmpp",
        "wss://localhost:4000/xmpp",
        "wss://chat.example/xmpp",
    ]
