"""What a message with choices may hold: one shape for each type, in sizes that chats carry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from app.core.errors import Invalid
from app.domain.interactives.data import TYPES

#: Bytes of one content as JSON; a full list of ten with descriptions has about 3,000.
MAX_CONTENT_BYTES = 32 * 1024
#: Languages of one message.
MAX_TRANSLATIONS = 50

Json = dict[str, Any]


def checked_content(field: str, content: object) -> Json:
    """`content`, a JSON object of a type that can be drawn. Raises Invalid for `field`.

    Choices stand in `options` (quick_reply), or in `items[].options` (list); one without any
    could never be answered.
    """
    if not isinstance(content, Mapping) or not content:
        raise Invalid(field, "can't be blank")
    if content.get("type") not in TYPES:
        raise Invalid("type", f"must be one of {', '.join(TYPES)}")
    if len(orjson.dumps(content)) > MAX_CONTENT_BYTES:
        raise Invalid(field, f"should be at most {MAX_CONTENT_BYTES} bytes")
    if content["type"] != "location_request_message" and not any(_options(content)):
        raise Invalid(field, "needs at least one option")
    return dict(content)


def _options(content: Mapping[str, Any]) -> Iterator[Any]:
    holders = [content] if content["type"] == "quick_reply" else content.get("items")
    for holder in holders if isinstance(holders, list) else ():
        found = holder.get("options") if isinstance(holder, Mapping) else None
        yield from found if isinstance(found, list) else ()


def checked_translations(kind: str, translations: object) -> dict[str, Json]:
    """`translations`, contents of one type by the id of a language. Raises Invalid."""
    if translations is None:
        return {}
    if not isinstance(translations, Mapping) or len(translations) > MAX_TRANSLATIONS:
        raise Invalid("translations", f"must be at most {MAX_TRANSLATIONS} contents by language id")
    made = {str(k): checked_content("translations", v) for k, v in translations.items()}
    if any(content["type"] != kind for content in made.values()):
        raise Invalid("translations", f"must all be of type {kind}")
    return made
