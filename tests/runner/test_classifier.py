"""A flow asks a classifier, which is a real server on loopback, what a text is meant to say."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.core.uow import unit_of_work
from app.domain.credentials.service import create_credential
from app.models import ContactHistory, FlowEffect, Organization
from app.runner.effects.classifier import NONE, read_answer
from tests.runner.conftest import Stage
from tests.runner.drawing import Json, ask, flow, node, say, uid
from tests.runner.ngo import Ngo

pytestmark = pytest.mark.anyio

WIT = {
    "text": "a bed please",
    "intents": [
        {"id": "2", "name": "cancel", "confidence": 0.04},
        {"id": "1", "name": "book", "confidence": 0.93},
    ],
    "entities": {"thing:thing": [{"value": "bed", "confidence": 0.9, "role": "thing"}]},
}
READ = {
    "intents": [
        {"name": "book", "confidence": 0.93},
        {"name": "cancel", "confidence": 0.04},
    ],
    "entities": {"thing": [{"value": "bed", "confidence": 0.9}]},
}


def booking() -> Json:
    classify = {
        "uuid": uid("c/0"),
        "type": "call_classifier",
        "classifier": {"uuid": "k1", "name": "Booking"},
        "input": "@results.said.input",
        "result_name": "intent",
    }
    split = ask("c", "", to="other")
    router = split["router"]
    del router["wait"]
    split["actions"] = [classify]
    router["operand"] = "@results.intent"
    router["categories"] += [
        {"uuid": uid("c:Book"), "name": "Book", "exit_uuid": uid("c>book")},
        {"uuid": uid("c:Failure"), "name": "Failure", "exit_uuid": uid("c>bad")},
    ]
    router["cases"] = [
        {"uuid": uid("c/case"), "type": "has_top_intent", "arguments": ["book", "0.5"],
         "category_uuid": uid("c:Book")}
    ]  # fmt: skip
    split["exits"] += [
        {"uuid": uid("c>book"), "destination_uuid": uid("yes")},
        {"uuid": uid("c>bad"), "destination_uuid": uid("bad")},
    ]
    return flow(
        "Booking",
        node("q", say("What?"), to="a"),
        ask("a", "said", to="c"),
        split,
        node("yes", say("Booked: @results.intent.extra.entities.thing.0.value")),
        node("other", say("Something else")),
        node("bad", say("Nobody can say")),
    )


async def said(stage: Stage, text: str) -> str:
    await stage.draw(booking(), "booking")
    await stage.say("booking")
    await stage.say(text)
    await stage.call_out()
    await stage.drain()
    return stage.heard()[-1]


async def test_the_surest_intent_chooses_the_way(stage: Stage, ngo: Ngo) -> None:
    stage.configure(classifier_url=f"{ngo.url}?v=1&q={{text}}", classifier_token="hush")
    ngo.body = json.dumps(WIT)

    assert await said(stage, "a bed & more?") == "Booked: bed"

    (asked,) = ngo.asked
    assert (asked["method"], asked["headers"]["authorization"]) == ("GET", "Bearer hush")
    query = parse_qs(urlsplit(asked["target"]).query)
    assert query == {"v": ["1"], "q": ["a bed & more?"]}
    assert (await stage.results())["intent"]["extra"] == READ


async def test_without_a_place_for_the_text_it_is_posted(stage: Stage, ngo: Ngo) -> None:
    stage.configure(classifier_url=ngo.url)
    ngo.body = '{"intent_ranking": [{"name": "greet", "confidence": 0.8}], "entities": []}'

    assert await said(stage, "नमस्ते") == "Something else"
    (asked,) = ngo.asked
    assert (asked["method"], json.loads(asked["body"])) == ("POST", {"text": "नमस्ते"})


@pytest.mark.parametrize(
    ("is_there", "status", "body", "error"),
    [
        (False, 200, "", NONE),
        (True, 500, "{}", "the classifier answered 500"),
        (True, 200, "[]", "the classifier's answer holds no intents"),
        (True, 200, '{"intents": 3}', "the classifier's answer holds no intents"),
    ],
)
async def test_what_is_no_answer_takes_the_way_of_failure(
    stage: Stage, ngo: Ngo, is_there: bool, status: int, body: str, error: str
) -> None:
    stage.configure(classifier_url=ngo.url if is_there else "")
    ngo.status, ngo.body = status, body

    assert await said(stage, "a bed") == "Nobody can say"
    (effect,) = await stage.rows(FlowEffect)
    assert (effect.kind, effect.status, effect.response["error"]) == (
        "call_classifier",
        "failed",
        error,
    )


LUIS_2 = {
    "query": "bed",
    "topScoringIntent": {"intent": "book", "score": 0.93},
    "intents": [{"intent": "book", "score": 0.93}, {"intent": "cancel", "score": 0.04}],
    "entities": [{"entity": "bed", "type": "thing", "score": 0.9}],
}
LUIS_3 = {
    "query": "bed",
    "prediction": {
        "topIntent": "book",
        "intents": {"cancel": {"score": 0.04}, "book": {"score": 0.93}},
        "entities": {"thing": ["bed"], "$instance": {"thing": [{"text": "bed"}]}},
    },
}
RASA = {
    "intent": {"name": "book", "confidence": 0.93},
    "intent_ranking": READ["intents"],
    "entities": [{"entity": "thing", "value": "bed", "confidence_entity": 0.9}],
}


@pytest.mark.parametrize("answer", [WIT, LUIS_2, RASA], ids=["wit.ai", "LUIS 2", "Rasa"])
def test_answers_of_several_services_are_read_alike(answer: Any) -> None:
    assert read_answer(answer) == READ


def test_luis_3_gives_no_confidence_of_entities() -> None:
    surely = {"thing": [{"value": "bed", "confidence": 1.0}]}
    assert read_answer(LUIS_3) == READ | {"entities": surely}


def test_an_answer_is_bounded() -> None:
    many = [{"name": str(n), "confidence": "x"} for n in range(1000)]
    entities = {f"e{n}": ["v"] * 1000 for n in range(1000)}
    found = read_answer({"intents": many, "entities": entities})

    assert found is not None
    assert len(found["intents"]) == 100
    assert len(found["entities"]) == 100
    assert len(found["entities"]["e0"]) == 100


async def set_up(stage: Stage, org_id: int, url: str, *, is_active: bool = True) -> None:
    """An administrator's deed."""
    async with unit_of_work(stage.services, org_id=org_id) as ctx:
        keys = {"url": url, "intents": "Book"}
        await create_credential(ctx, "classifier", keys, {"token": "own"}, is_active=is_active)


async def test_an_organization_asks_its_own_classifier(stage: Stage, ngo: Ngo) -> None:
    stage.configure(classifier_url="http://localhost:1/nobody", classifier_token="hush")
    await set_up(stage, stage.org.id or 0, ngo.url)
    ngo.body = json.dumps(WIT)

    assert await said(stage, "a bed") == "Booked: bed"
    assert [asked["headers"]["authorization"] for asked in ngo.asked] == ["Bearer own"]


async def test_nobody_asks_the_classifier_of_another_organization(
    stage: Stage, ngo: Ngo, other_org: Organization
) -> None:
    await set_up(stage, other_org.id or 0, ngo.url)

    assert await said(stage, "a bed") == "Nobody can say"
    assert ngo.asked == []


async def test_one_that_is_switched_off_is_not_asked_and_staff_read_why(
    stage: Stage, ngo: Ngo
) -> None:
    stage.configure(classifier_url=ngo.url)
    await set_up(stage, stage.org.id or 0, ngo.url, is_active=False)

    assert await said(stage, "a bed") == "Nobody can say"
    (told,) = [
        row for row in await stage.rows(ContactHistory) if row.event_type == "flow_service_failed"
    ]
    assert (ngo.asked, told.event_label) == ([], f"call_classifier failed: {NONE}")
    assert told.event_meta == {
        "flow_id": stage.flows["Booking"].id,
        "kind": "call_classifier",
        "node_uuid": uid("c"),
        "error": NONE,
    }
