"""Case tests of the switch router, by family (catalogue 5)."""

from __future__ import annotations

from flows.cases import contact, date, location, media, number, pattern, text
from flows.cases.base import CASES, CaseType, Match, Subject

__all__ = [
    "CASES",
    "CaseType",
    "Match",
    "Subject",
    "contact",
    "date",
    "location",
    "media",
    "number",
    "pattern",
    "text",
]
