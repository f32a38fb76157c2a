"""Words of a text, as the cases and the word functions see them."""

from __future__ import annotations

import regex

#: A run of letters, digits, marks, _ and '; or one symbol such as an emoji.
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}_']+|[\p{So}\p{Sm}\p{Sc}\p{Sk}]\p{M}*")


def words(text: str, delimiters: str | None = None) -> list[str]:
    """Give the words of a text, split at any of the delimiters if they are named."""
    if delimiters:
        return parts(text, delimiters)
    return [str(found) for found in _WORD.findall(text)]


def parts(text: str, delimiters: str) -> list[str]:
    """Give what stands between any of the characters, without what is empty."""
    blank = delimiters[0]
    same = text.translate(dict.fromkeys(map(ord, delimiters), blank))
    return [part for part in same.split(blank) if part]
