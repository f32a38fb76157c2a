"""What Redis answers, as text."""

from __future__ import annotations


def text_of(value: bytes | str) -> str:
    """The text of a key or value: our connections give bytes, and redis-py's types leave both open.

    >>> text_of(b"room") == text_of("room") == "room"
    True
    """
    return value if isinstance(value, str) else value.decode()
