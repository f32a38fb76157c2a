"""The receiver of the demo's survey: what an NGO would host, in one small application.

It verifies `X-Glific-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256(phrase, "t.body")>` over the
body as it came, refuses signatures older than a minute, and answers a score with a sentence.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request, Response

TOLERANCE_S = 60
BODY_BYTES = 262_144
QUESTIONS = ("visit", "staff", "advice")

#: Lowest score -> what is said for it, by language; the first row that fits.
MESSAGES: tuple[tuple[int, dict[str, str]], ...] = (
    (13, {"en": "We are glad to serve you so well.", "hi": "आपकी अच्छी सेवा करके हमें खुशी है।"}),
    (8, {"en": "Thank you. We will do better still.", "hi": "धन्यवाद। हम और बेहतर करेंगे।"}),
    (
        0,
        {
            "en": "We are sorry. A member of our staff will call you.",
            "hi": "हमें खेद है। हमारे कर्मचारी आपको फ़ोन करेंगे।",
        },
    ),
)


def create_app(phrase: str | None = None, now: Callable[[], float] = time.time) -> FastAPI:
    """The receiver. `phrase` is the organization's; else DEMO_SIGNATURE_PHRASE."""
    key = phrase if phrase is not None else os.environ.get("DEMO_SIGNATURE_PHRASE", "")
    app = FastAPI(title="Survey receiver of the demo", openapi_url=None)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/survey")
    async def survey(request: Request) -> Response:
        body = await request.body()
        if len(body) > BODY_BYTES:
            return _answer(413, {"error": "the body is too large"})
        header = request.headers.get("x-glific-signature", "")
        if not is_signed(header, body, key, now()):
            return _answer(401, {"error": "the signature is not right or too old"})
        try:
            asked = json.loads(body)
        except ValueError:
            return _answer(400, {"error": "the body is not JSON"})
        return _answer(200, assess(asked if isinstance(asked, dict) else {}))

    return app


def is_signed(header: str, body: bytes, phrase: str, now_s: float) -> bool:
    """Whether `header` is a signature of `body` by `phrase`, made within the tolerance."""
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    made_at = parts.get("t", "")
    if not phrase or not made_at.isdecimal() or abs(now_s - int(made_at)) > TOLERANCE_S:
        return False
    right = hmac.new(phrase.encode(), f"{made_at}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(right.encode(), parts.get("v1", "").encode())


def assess(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The score, the sum of the three answers, with a sentence in the contact's language.

    >>> assess({"results": {"visit": {"input": "5"}, "staff": {"input": "4"}}})["score"]
    9
    """
    results = asked.get("results")
    results = results if isinstance(results, Mapping) else {}
    score = sum(_points(results.get(question)) for question in QUESTIONS)
    hindi = str(asked.get("language", "")).lower() in ("hi", "hin", "hindi", "हिन्दी")
    language = "hi" if hindi else "en"
    message = next(texts[language] for lowest, texts in MESSAGES if score >= lowest)
    return {"score": score, "message": message}


def _points(result: object) -> int:
    """The points of one answer: its value or input as a number from 0 to 5, else 0."""
    found = result.get("value") or result.get("input") if isinstance(result, Mapping) else result
    digits = "".join(letter for letter in str(found or "") if letter.isdecimal())[:2]
    return min(int(digits), 5) if digits else 0


def _answer(status: int, data: Mapping[str, Any]) -> Response:
    return Response(json.dumps(data, ensure_ascii=False), status, media_type="application/json")
