"""A flow calls the NGO's server, which is a real one on loopback."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from redis.asyncio.client import PubSub

from app.core.clock import FrozenClock
from app.domain.chat.accounts import ensure_account_for_contact
from app.models import FlowEffect, Organization, WebhookLog
from app.runner import timers
from tests.conftest import NOW, RecordingJobs
from tests.runner.conftest import Stage
from tests.runner.drawing import flow, node, say
from tests.runner.ngo import GOOD, Ngo, scoring

pytestmark = pytest.mark.anyio


async def test_the_flow_goes_on_with_what_the_server_said(stage: Stage, ngo: Ngo) -> None:
    await stage.ask_for_score(ngo.url)
    assert (await stage.session()).wait_kind == "effect"

    await stage.call_out()
    await stage.drain()

    assert stage.heard() == ["Ready?", "Well done"]
    (effect,) = await stage.rows(FlowEffect)
    assert (effect.status, effect.attempts) == ("done", 1)


async def test_the_body_is_as_documented_and_signed(stage: Stage, ngo: Ngo) -> None:
    await stage.ask_for_score(ngo.url)
    await stage.call_out()

    (asked,) = ngo.asked
    at = int(NOW.timestamp())
    mac = hmac.new(b"This is the secret", f"{at}.{asked['body']}".encode(), hashlib.sha256)
    assert asked["method"] == "POST"
    assert asked["headers"]["x-glific-signature"] == f"t={at},v1={mac.hexdigest()}"
    assert asked["headers"]["content-type"] == "application/json"
    (effect,) = await stage.rows(FlowEffect)
    assert asked["headers"]["idempotency-key"] == effect.uuid
    body = json.loads(asked["body"])
    assert body["custom_key"] == "custom_value"
    assert body["contact"]["name"] == "Asha"
    assert body["results"]["ready"]["input"] == "yes"


async def test_a_get_carries_the_same_in_its_query(stage: Stage, ngo: Ngo) -> None:
    await stage.ask_for_score(ngo.url, method="GET")
    await stage.call_out()

    (asked,) = ngo.asked
    data = json.loads(parse_qs(urlsplit(asked["target"]).query)["data"][0])
    assert (asked["method"], asked["body"]) == ("GET", "")
    assert data["custom_key"] == "custom_value"


async def test_the_log_tells_what_was_asked_and_said_without_secrets(
    stage: Stage, ngo: Ngo
) -> None:
    await stage.ask_for_score(ngo.url)
    await stage.call_out()

    (row,) = await stage.rows(WebhookLog)
    assert (row.url, row.method, row.status_code, row.error) == (ngo.url, "POST", 200, None)
    assert row.response_json == {"score": 7, "message": "Well done"}
    assert row.request_json["custom_key"] == "custom_value"
    assert row.request_headers["X-Api-Key"] == "[redacted]"
    assert row.request_headers["X-Glific-Signature"] == "[redacted]"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (500, GOOD, "the server answered 500"),
        (200, "<html>", "the answer is not a JSON object"),
        (302, "", "the server answered 302"),
        (200, '{"score": NaN}', "the answer is not a JSON object"),
        (200, '{"score": 1e999}', "the answer is not a JSON object"),
    ],
)
async def test_what_is_no_good_answer_takes_the_way_of_failure(
    stage: Stage, ngo: Ngo, status: int, body: str, error: str
) -> None:
    ngo.status, ngo.body = status, body
    await stage.ask_for_score(ngo.url)

    await stage.call_out()
    await stage.drain()

    assert stage.heard() == ["Ready?", "No answer today"]
    (row,) = await stage.rows(WebhookLog)
    assert (row.status_code, row.error) == (status, error)


async def test_letters_that_cannot_be_stored_are_left_out_of_an_answer(
    stage: Stage, ngo: Ngo
) -> None:
    ngo.body = r'{"message": "Well\u0000 done \ud800", "path": "a\\u0000"}'
    await stage.ask_for_score(ngo.url)

    await stage.call_out()
    await stage.drain()

    assert stage.heard() == ["Ready?", "Well done \ufffd"]
    (row,) = await stage.rows(WebhookLog)
    assert row.response_json == {"message": "Well done \ufffd", "path": "a\\u0000"}
    (effect,) = await stage.rows(FlowEffect)
    assert (effect.status, effect.attempts) == ("done", 1)


@pytest.mark.parametrize("url", ["http://a..b/", "http://xn--a/"])
async def test_an_address_that_nobody_can_have_takes_the_way_of_failure_at_once(
    stage: Stage, url: str
) -> None:
    await stage.ask_for_score(url)

    await stage.call_out()
    await stage.drain()

    assert stage.heard() == ["Ready?", "No answer today"]
    (row,) = await stage.rows(WebhookLog)
    assert row.error == "the address, the method or a header cannot be sent"


async def test_a_message_meanwhile_waits_and_is_heard_afterwards(stage: Stage, ngo: Ngo) -> None:
    await stage.ask_for_score(ngo.url)

    meanwhile = await stage.say("are you there?")
    assert (meanwhile, await stage.open_rows()) == ([], ["message"])
    await stage.call_out()
    await stage.drain()

    assert stage.heard() == ["Ready?", "Well done", "You said are you there?"]
    assert await stage.open_rows() == []


async def test_a_stop_word_is_heard_even_while_a_call_is_out(stage: Stage, ngo: Ngo) -> None:
    await stage.draw(scoring(ngo.url), "score")
    await stage.draw(flow("Stop", node("stop", say("You will not hear from us"))), "stop")
    await stage.say("score")
    await stage.say("yes")

    assert await stage.say("Stop!") == ["You will not hear from us"]
    await stage.call_out()
    await stage.drain()
    assert stage.heard() == ["Ready?", "You will not hear from us"]


async def test_a_busy_server_is_asked_again_when_it_says_so(
    stage: Stage, ngo: Ngo, clock: FrozenClock, jobs: RecordingJobs
) -> None:
    ngo.status, ngo.headers = 503, {"Retry-After": "7"}
    await stage.ask_for_score(ngo.url)
    await stage.call_out()
    (effect,) = await stage.rows(FlowEffect)
    assert (effect.status, effect.leased_until - NOW) == ("pending", timedelta(seconds=7))
    await stage.call_out()
    assert len(ngo.asked) == 1

    ngo.status = 200
    clock.advance(timedelta(seconds=8))
    jobs.sent.clear()
    await timers.fire(stage.services)
    assert ("webhooks.perform", effect.id) in jobs.sent
    await stage.call_out()
    await stage.drain()

    assert stage.heard() == ["Ready?", "Well done"]
    assert len({asked["headers"]["idempotency-key"] for asked in ngo.asked}) == 1
    assert len(await stage.rows(WebhookLog)) == 1


async def test_without_a_signature_phrase_nothing_is_called(stage: Stage, ngo: Ngo) -> None:
    await stage.draw(scoring(ngo.url), "score")
    async with stage.work() as ctx:
        org = await ctx.session.get(Organization, stage.org.id)
        assert org is not None
        org.signature_phrase = None
    await stage.say("score")
    await stage.say("yes")

    await stage.call_out()
    await stage.drain()

    assert (ngo.asked, stage.heard()) == ([], ["Ready?", "No answer today"])
    (row,) = await stage.rows(WebhookLog)
    assert row.error == "the organization has no signature phrase, and unsigned calls are not made"


async def test_who_waits_for_a_server_sees_the_organization_write(stage: Stage, ngo: Ngo) -> None:
    """XEP-0085 5.1: composing while the call is out, paused once it is over; told to every node."""
    async with stage.work() as ctx:
        account = await ensure_account_for_contact(ctx, stage.contact)
    await stage.ask_for_score(ngo.url)
    async with stage.services.redis.pubsub(ignore_subscribe_messages=True) as told:
        await told.subscribe("gateway:modules")

        await stage.call_out()

        heard = [json.loads((await _next(told))["data"])["data"] for _ in range(2)]
    expected = {"account_id": account.id, "sender": "asha@localhost"}
    assert heard == [expected | {"state": state} for state in ("composing", "paused")]


async def test_who_waits_for_a_server_in_vain_sees_the_organization_pause(
    stage: Stage, ngo: Ngo, clock: FrozenClock
) -> None:
    """XEP-0085 5.1: the flow goes on at the deadline, whatever became of the call."""
    async with stage.work() as ctx:
        account = await ensure_account_for_contact(ctx, stage.contact)
    await stage.ask_for_score(ngo.url)
    async with stage.services.redis.pubsub(ignore_subscribe_messages=True) as told:
        await told.subscribe("gateway:modules")

        clock.advance(timedelta(minutes=3))
        await timers.fire(stage.services)
        await stage.drain()

        heard = json.loads((await _next(told))["data"])["data"]
    assert heard == {"account_id": account.id, "sender": "asha@localhost", "state": "paused"}


async def _next(told: PubSub) -> Any:
    async with asyncio.timeout(5):
        while (message := await told.get_message(timeout=5)) is None:
            pass
        return message
