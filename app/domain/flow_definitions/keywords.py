"""Keywords: what a person writes to start a flow. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def clean(text: str) -> str:
    """`text` in lower case with letters, marks and digits only, as keywords are compared.

    >>> clean(" Help me! ")
    'helpme'
    >>> clean("मदद 🙂")
    'मदद'
    """
    kept = (c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c)[0] in "LMN")
    # U+FE0F, the emoji selector, is a mark too.
    return "".join(c for c in kept if c != "\ufe0f").lower()


def clean_all(keywords: Iterable[str]) -> list[str]:
    """Each keyword cleaned, blanks and repetitions left out, in order."""
    return list(dict.fromkeys(word for word in map(clean, keywords) if word))
