"""Functions about what a person has answered (catalogue 12.4)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from app.core.services import Services
from app.runner.functions.registry import FunctionFailed, Json, function

#: Buttons that one text names.
MAX_BUTTONS = 10


@function("get_buttons", buttons_data="Yes|No|Later")
async def get_buttons(services: Services, given: Mapping[str, Any]) -> Json:
    """The texts between the bars as button_1, button_2, ... and how many there are."""
    texts = [part.strip() for part in str(given.get("buttons_data") or "").split("|")]
    texts = [text for text in texts if text]
    if not texts:
        raise FunctionFailed("buttons_data names no button: write them as Yes|No")
    if len(texts) > MAX_BUTTONS:
        raise FunctionFailed(f"buttons_data names {len(texts)} buttons; {MAX_BUTTONS} are the most")
    buttons = {f"button_{number}": text for number, text in enumerate(texts, 1)}
    return {"buttons": buttons, "button_count": len(texts), "is_valid": True}


@function("check_response", correct_response="A", user_response="@results.answer.input")
async def check_response(services: Services, given: Mapping[str, Any]) -> Json:
    """Whether the two responses are the same text, however their characters are composed."""
    pair = [str(given.get(name) or "") for name in ("correct_response", "user_response")]
    correct, answered = (unicodedata.normalize("NFC", text).strip() for text in pair)
    return {"response": correct == answered}
