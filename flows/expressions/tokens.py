"""Words of a text, as the cases and the word functions see them."""

from __future__ import annotations

import regex

#: A run of letters, digits, marks, _ and '; or one symbol such as an emoji.
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}_']+|[\p{So}\p{Sm}\p{Sc}\p{Sk}]\p{M}*")


def words(text: str, delimiters: str | None = None) -> list[str]:
    """Give the words of a text, split at any of the delimiters if they are named."""
    if delimiters:
        pattern = f"[{regex.escape(delimiters)}]+"
        return [part for part in regex.split(pattern, text) if part]
    return [str(found) for found in _WORD.findall(text)]
