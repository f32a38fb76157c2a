"""What a message with buttons or a list may be answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def choices(content: Mapping[str, Any] | None) -> list[str]:
    """The titles of quick replies, or those of a list's sections, once each and in order.

    >>> choices({"type": "quick_reply", "options": [{"title": "Yes"}, {"title": "No"}]})
    ['Yes', 'No']
    >>> choices({"type": "list", "items": [{"title": "Days", "options": [{"title": "Today"}]}]})
    ['Today']
    """
    if not content:
        return []
    titles = (
        str(option["title"])
        for section in (content, *content.get("items", ()))
        for option in section.get("options", ())
        if option.get("title")
    )
    return list(dict.fromkeys(titles))
