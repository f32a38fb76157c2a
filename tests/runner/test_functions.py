"""Webhooks with the method FUNCTION call a function of this product by its name."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from app.models import FlowEffect, WebhookLog
from app.runner.effects import perform
from app.runner.functions import FUNCTIONS, Function
from tests.runner.conftest import Stage
from tests.runner.drawing import Json, call, flow, node, say
from tests.runner.ngo import Ngo

pytestmark = pytest.mark.anyio


def calling(name: str, body: Json) -> Json:
    made = call("f", name, "made", to="good", failed="bad", method="FUNCTION")
    made["actions"][0] |= {"body": json.dumps(body), "headers": {}}
    return flow(
        "Functions",
        made,
        node("good", say("@(json(results.made))")),
        node("bad", say("@results.made.input")),
    )


async def called(stage: Stage, name: str, body: Json) -> str:
    await stage.draw(calling(name, body), "go")
    await stage.say("go")
    await stage.call_out()
    await stage.drain()
    return stage.heard()[-1]


async def test_a_function_is_given_the_bodys_members_and_makes_a_result(stage: Stage) -> None:
    said = await called(stage, "get_buttons", {"buttons_data": " Yes | @contact.name |"})

    made = json.loads(said)
    assert made["buttons"] == {"button_1": "Yes", "button_2": "Asha"}
    assert (made["button_count"], made["is_valid"], made["category"]) == (2, True, "Success")
    (effect,) = await stage.rows(FlowEffect)
    assert (effect.kind, effect.status) == ("function", "done")
    (row,) = await stage.rows(WebhookLog)
    assert (row.url, row.method, row.status_code, row.error) == (
        "get_buttons",
        "FUNCTION",
        200,
        None,
    )
    assert row.request_json["buttons_data"] == " Yes | Asha |"
    assert row.response_json["button_count"] == 2


async def test_an_unknown_function_is_a_failure_and_the_log_says_so(stage: Stage) -> None:
    there = ", ".join(sorted(FUNCTIONS))
    error = f'there is no function "parse_via_chat_gpt" here; there are: {there}'

    assert await called(stage, "parse_via_chat_gpt", {}) == error
    (row,) = await stage.rows(WebhookLog)
    assert (row.url, row.status_code, row.error) == ("parse_via_chat_gpt", None, error)


@pytest.mark.parametrize(
    ("name", "given", "made"),
    [
        (
            "check_response",
            {"correct_response": "caf\u00e9", "user_response": "cafe\u0301 "},
            {"response": True},
        ),
        ("check_response", {"correct_response": "A", "user_response": "a"}, {"response": False}),
        (
            "get_buttons",
            {"buttons_data": "One"},
            {"buttons": {"button_1": "One"}, "button_count": 1, "is_valid": True},
        ),
    ],
)
async def test_what_functions_make(stage: Stage, name: str, given: Json, made: Json) -> None:
    assert await FUNCTIONS[name].run(stage.services, given) == made


@pytest.mark.parametrize(
    ("name", "given", "error"),
    [
        (
            "get_buttons",
            {"buttons_data": "|"},
            "buttons_data names no button: write them as Yes|No",
        ),
        (
            "get_buttons",
            {"buttons_data": "|".join("abcdefghijk")},
            "buttons_data names 11 buttons; 10 are the most",
        ),
        ("geolocation", {}, "this installation knows no places: GEOCODER_URL is not set"),
    ],
)
async def test_what_a_function_cannot_do_is_a_failure_with_its_reason(
    stage: Stage, name: str, given: Json, error: str
) -> None:
    assert await called(stage, name, given) == error


async def test_what_takes_too_long_is_a_failure(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dawdle(services: Any, given: Any) -> Json:
        await asyncio.Event().wait()
        return {}

    monkeypatch.setattr(perform, "LIMIT_S", 0.05)
    monkeypatch.setitem(FUNCTIONS, "dawdle", Function("dawdle", dawdle, {}))

    assert await called(stage, "dawdle", {}) == "it took longer than 0.05 s"
    (effect,) = await stage.rows(FlowEffect)
    assert (effect.status, effect.leased_until) == ("failed", None)


PLACE = {
    "display_name": "Rampur, Bihar, India",
    "address": {"village": "Rampur", "county": "Patna", "state": "Bihar", "country": "India"},
}


async def test_a_place_has_an_address(stage: Stage, ngo: Ngo) -> None:
    stage.configure(geocoder_url=ngo.url)
    ngo.body = json.dumps(PLACE)
    given: dict[str, Any] = {"lat": "25.6", "long": "85.1"}

    assert await FUNCTIONS["geolocation"].run(stage.services, given) == {
        "success": True,
        "address": "Rampur, Bihar, India",
        "city": "Rampur",
        "district": "Patna",
        "state": "Bihar",
        "country": "India",
        "postal_code": "",
    }
    assert ngo.asked[0]["target"] == "/score?lat=25.6&lon=85.1&format=jsonv2"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"lat": "x", "long": "1"}, "lat is no number"),
        ({"lat": "nan", "long": "1"}, "lat is no place on Earth"),
        ({"lat": "1", "long": "181"}, "long is no place on Earth"),
        ({"lat": "1", "long": "1"}, "the geocoder knows no address there"),
    ],
)
async def test_what_is_no_place_has_none(stage: Stage, ngo: Ngo, given: Json, error: str) -> None:
    stage.configure(geocoder_url=ngo.url)

    assert await called(stage, "geolocation", given) == error
