"""call_classifier: what a text is meant to say, by a service over HTTP of the organization.

Answers are read as wit.ai, LUIS (2 and 3) and Rasa write them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from app.core.http import OutgoingError
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.classifiers.service import find_classifier
from app.runner.effects.base import TIMEOUT_S, Outcome, Task

#: Where the address has the text; without it the text is posted as {"text": ...}.
PLACE = "{text}"
#: What staff read where there is nothing to ask.
NONE = (
    "this organization has no classifier: an administrator sets one up under Settings, "
    "or the installation has CLASSIFIER_URL"
)
#: Intents, entities, and values of one entity that are kept.
MAX_KEPT = 100

Json = dict[str, Any]


async def classify(services: Services, task: Task) -> Outcome:
    """The intents that the service sees in the text, surest first, and the entities."""
    async with unit_of_work(services, org_id=task.org_id) as ctx:
        classifier = await find_classifier(ctx)
    if classifier is None:
        return Outcome(error=NONE)
    text = str(task.request["input"])
    is_in_url = PLACE in classifier.url
    headers = {"Accept": "application/json"}
    if classifier.token:
        headers["Authorization"] = f"Bearer {classifier.token}"
    if not is_in_url:
        headers["Content-Type"] = "application/json"
    try:
        answer = await services.http.request(
            "GET" if is_in_url else "POST",
            classifier.url.replace(PLACE, quote(text, safe="")),
            headers=headers,
            body=None if is_in_url else json.dumps({"text": text}).encode(),
            timeout_s=TIMEOUT_S,
        )
    except OutgoingError as fault:
        return Outcome(error=f"the classifier: {fault}")
    if not 200 <= answer.status <= 299:
        return Outcome(answer.status, error=f"the classifier answered {answer.status}")
    found = read_answer(answer.json)
    if found is None:
        return Outcome(answer.status, error="the classifier's answer holds no intents")
    made = Outcome.of(found)
    return Outcome(answer.status, made.body, answer.elapsed_ms, data=found)


def read_answer(data: object) -> Json | None:
    """A service's answer as {"intents": [{"name", "confidence"}], "entities": {name: [...]}}.

    None for what is no such answer.

    >>> read_answer({"intents": [{"intent": "Book", "score": 0.9}]})
    {'intents': [{'name': 'Book', 'confidence': 0.9}], 'entities': {}}
    >>> read_answer({"message": "no"}) is None
    True
    """
    if not isinstance(data, dict):
        return None
    inner = data.get("prediction")
    whole: Json = inner if isinstance(inner, dict) else data
    given = next((whole[key] for key in ("intent_ranking", "intents") if key in whole), None)
    if not isinstance(given, list | dict):
        return None
    intents: list[Json] = [
        {"name": str(name), "confidence": _number(item)}
        for item in _items(given)
        if (name := item.get("name") or item.get("intent"))
    ]
    surest = sorted(intents, key=lambda intent: -intent["confidence"])[:MAX_KEPT]
    return {"intents": surest, "entities": _entities(whole.get("entities"))}


def _items(given: object) -> Iterator[Json]:
    """The objects of a list, or of an object whose keys are their names."""
    if isinstance(given, list):
        yield from (item for item in given if isinstance(item, dict))
    elif isinstance(given, dict):
        for name, item in given.items():
            yield {**(item if isinstance(item, dict) else {"score": item}), "name": name}


def _number(item: Json) -> float:
    value = item.get("confidence", item.get("score", item.get("confidence_entity")))
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and value is not None else 1.0


def _entities(given: object) -> Json:
    found: dict[str, list[Json]] = {}
    for name, item in _mentions(given):
        values = found.setdefault(name.split(":")[0], []) if len(found) < MAX_KEPT else []
        text = item.get("value", item.get("entity", item.get("text", "")))
        if len(values) < MAX_KEPT:
            values.append({"value": str(text)[:640], "confidence": _number(item)})
    return found


def _mentions(given: object) -> Iterator[tuple[str, Json]]:
    if isinstance(given, dict):  # wit.ai and LUIS 3: by name; "$instance" repeats what is there
        for name, values in given.items():
            for value in values if isinstance(values, list) else ():
                if name != "$instance":
                    yield str(name), value if isinstance(value, dict) else {"value": value}
    elif isinstance(given, list):  # LUIS 2 names the type, Rasa the entity
        for item in (item for item in given if isinstance(item, dict)):
            yield str(item.get("type") or item.get("entity") or ""), item
