"""Numbers that a peer wrote."""

from __future__ import annotations

import pytest

from app.protocol.number import read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("000", 0),
        ("007", 7),
        ("100", 100),
        ("0" * 5000 + "9", 9),
        ("101", None),
        ("1" * 5000, None),
        ("", None),
        (None, None),
        (" 1", None),
        ("-1", None),
        ("+1", None),
        ("1_0", None),
        ("²", None),
        ("१", None),
    ],
)
def test_a_number_is_made_of_ascii_digits_and_within_its_bound(
    text: str | None, number: int | None
) -> None:
    assert number == read_number(text, 100)
