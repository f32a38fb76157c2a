"""call_webhook: what is asked, and where each answer leads."""

from __future__ import annotations

import json

import pytest

from flows import (
    CallWebhook,
    Contact,
    EffectDone,
    FieldValue,
    ManualTrigger,
    MsgReceived,
    StaleStimulus,
    StimulusRejected,
    resume,
    start,
)
from flows.simulator import Conversation
from flows.values import Json
from tests.flows.build import flow, node, says
from tests.flows.shared import NOW, assets, types

CONTACT = Contact(
    uuid="c",
    name="Asha",
    phone="919900000001",
    fields={"age_group": FieldValue("19", "Age group", "string", NOW)},
)


def survey(url: str = "https://ngo.example/score", **more: Json) -> Conversation:
    call = {"type": "call_webhook", "method": "POST", "url": url, "result_name": "survey", **more}
    router = {
        "operand": "@results.survey.category",
        "cases": [("has_only_text", ["Success"], "Success")],
    }
    built = flow(
        node("call", call, router=router, ways={"Success": "good", "Failure": "bad"}),
        node("good", says("Score @results.survey.score @results.survey.0 @webhook.status")),
        node("bad", says("No score (@results.survey.category)")),
    )
    return Conversation(built, assets(built), CONTACT)


def ask(conversation: Conversation, status: int, body: Json) -> list[str]:
    conversation.webhook = lambda effect: (status, body)
    return conversation.start()


def test_the_body_has_contact_results_and_the_authors_own() -> None:
    own = {"who": "@contact.name", "all": "@results", "deep": [{"n": 1, "x": 'say "@contact"'}]}
    conversation = survey(body=json.dumps(own), headers={"X-Key": "@contact.name"})
    ask(conversation, 200, {})

    effect = conversation.effects[0]
    assert isinstance(effect, CallWebhook)
    assert (effect.method, effect.url) == ("POST", "https://ngo.example/score")
    assert effect.headers == {"X-Key": "Asha"}
    assert json.loads(effect.body) == {
        "contact": {
            "name": "Asha",
            "phone": "919900000001",
            "fields": {
                "age_group": {
                    "type": "string",
                    "label": "Age group",
                    "value": "19",
                    "inserted_at": "2026-01-01T09:00:00Z",
                }
            },
        },
        "results": {},
        "who": "Asha",
        "all": {},
        "deep": [{"n": 1, "x": 'say "Asha"'}],
    }


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, {"score": 4}, "Score 4 @results.survey.0 200"),
        (201, ["first"], "Score @results.survey.score first 201"),
        (200, "not json", "No score (Failure)"),
        (200, "12", "No score (Failure)"),
        (500, {"score": 4}, "No score (Failure)"),
        (0, "", "No score (Failure)"),
    ],
)
def test_an_answer_leads_to_success_or_failure(status: int, body: Json, said: str) -> None:
    conversation = survey()

    assert ask(conversation, status, body) == [said]
    assert types(conversation).count("webhook_called") == 1


def test_a_bad_address_fails_without_a_call() -> None:
    conversation = survey(url="@contact.name")

    assert ask(conversation, 200, {}) == ["No score (Failure)"]
    assert conversation.effects == []


def test_while_the_call_runs_no_message_is_taken_and_no_answer_leads_to_failure() -> None:
    conversation = survey()
    env = conversation.environment()
    sprint = start(conversation.assets, CONTACT, ManualTrigger("flow"), env)
    wait = sprint.wait
    assert wait is not None
    assert (wait.kind, wait.effect_uuid) == ("effect", sprint.effects[0].uuid)

    with pytest.raises(StimulusRejected):
        message = MsgReceived(conversation.message("hi"))
        resume(sprint.state, conversation.assets, CONTACT, message, env)
    with pytest.raises(StaleStimulus):
        other = EffectDone(wait.token, "other", ok=True, status=200, body_text="{}")
        resume(sprint.state, conversation.assets, CONTACT, other, env)
    late = resume(sprint.state, conversation.assets, CONTACT, wait.on_timeout(), env)

    assert [e.to_json()["text"] for e in late.events if e.type == "msg_created"] == [
        "No score (Failure)"
    ]
