"""The demo's receiver: it believes a fresh, right signature and nothing else."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from app.core.crypto import webhook_signature
from seeds.demo_webhook import create_app

PHRASE = "This is the secret"
NOW = 1_700_000_000
BODY = (
    b'{"language": "en", "results": {"visit": {"input": "5"}, "staff": {"input": "4"},'
    b' "advice": {"input": "5"}}}'
)


def ask(header: str, body: bytes = BODY) -> tuple[int, object]:
    client = TestClient(create_app(PHRASE, now=lambda: float(NOW)))
    answer = client.post("/survey", content=body, headers={"x-glific-signature": header})
    return answer.status_code, answer.json()


def test_a_signed_survey_is_answered_with_its_score() -> None:
    answer = ask(webhook_signature(PHRASE, BODY, NOW))

    assert answer == (200, {"score": 14, "message": "We are glad to serve you so well."})


def test_the_message_is_in_the_language_of_the_contact() -> None:
    body = b'{"language": "hi", "results": {}}'

    answer = ask(webhook_signature(PHRASE, body, NOW), body)

    assert answer == (
        200,
        {"score": 0, "message": "हमें खेद है। हमारे कर्मचारी आपको फ़ोन करेंगे।"},
    )


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        webhook_signature("another phrase", BODY, NOW),
        webhook_signature(PHRASE, b"another body", NOW),
        webhook_signature(PHRASE, BODY, NOW - 61),
        webhook_signature(PHRASE, BODY, NOW + 61),
    ],
)
def test_a_wrong_or_old_signature_is_refused(header: str) -> None:
    assert ask(header) == (401, {"error": "the signature is not right or too old"})


def test_a_signature_may_be_a_minute_old() -> None:
    assert ask(webhook_signature(PHRASE, BODY, NOW - 60))[0] == 200
