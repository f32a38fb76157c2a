"""Whole numbers that a peer wrote: what XML Schema calls unsigned, and no other digits of Unicode."""

from __future__ import annotations


def read_number(text: str | None, most: int) -> int | None:
    """The number, or None where the text is none or a greater one than `most`.

    >>> read_number("007", 100), read_number("101", 100), read_number("²", 100)
    (7, None, None)
    """
    if not text or not (text.isascii() and text.isdigit()):
        return None
    digits = text.lstrip("0")
    # int() refuses thousands of digits, and would take long over them.
    if len(digits) > len(str(most)):
        return None
    number = int(digits or "0")
    return number if number <= most else None
