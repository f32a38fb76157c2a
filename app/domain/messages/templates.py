"""Templates become messages: parameters filled in, in the contact's language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from app.core.context import Ctx
from app.core.repository import Repository
from app.domain.messages.errors import MediaMissing, WrongParameters
from app.models import Contact, SessionTemplate

_PARAMETER = re.compile(r"\{\{\s*(\d{1,3})\s*\}\}")
#: Types that cannot be sent without media.
_MEDIA_TYPES = frozenset({"image", "audio", "video", "document", "sticker"})


class TemplateRepository(Repository[SessionTemplate]):
    """The organization's templates."""

    model = SessionTemplate
    resource = "Templates.SessionTemplate"


class Rendered(NamedTuple):
    """What a template says to one contact."""

    body: str
    kind: str
    media_id: int | None


async def get_template(ctx: Ctx, template_id: int | str) -> SessionTemplate:
    """The template. Raises NotFound."""
    return await TemplateRepository(ctx).get(template_id)


def check_template(template: SessionTemplate, params: Sequence[str], media_id: int | None) -> None:
    """The template can be sent with that. Raises WrongParameters or MediaMissing."""
    if len(params) != template.number_parameters:
        raise WrongParameters
    if template.type in _MEDIA_TYPES and media_id is None and template.message_media_id is None:
        raise MediaMissing


def render_template(
    template: SessionTemplate, contact: Contact, params: Sequence[str], media_id: int | None
) -> Rendered:
    """The template in the contact's language where an approved translation is there."""
    text: dict[str, Any] = template.translations.get(str(contact.language_id)) or {}
    is_usable = text.get("body") and (not template.is_hsm or text.get("status") == "APPROVED")
    body = str(text["body"]) if is_usable else template.body
    return Rendered(fill(body, params), template.type, media_id or template.message_media_id)


def fill(body: str, params: Sequence[str]) -> str:
    """`body` with `{{1}}` and so on replaced; parameters lose breaks and runs of spaces.

    >>> fill("Your {{1}} points expire on {{2}}.", ["50", "30\\n Oct"])
    'Your 50 points expire on 30 Oct.'
    """

    def value(match: re.Match[str]) -> str:
        number = int(match[1])
        return " ".join(params[number - 1].split()) if 0 < number <= len(params) else match[0]

    return _PARAMETER.sub(value, body)
