"""The corners of expressions: what an odd value gives, and the words in which it is refused."""

from __future__ import annotations

import pytest

from flows.docs.stage import give


@pytest.mark.parametrize(("expression", "text"), [
    ('datetime("2026-02-01T10:00:00+05:30")', "2026-02-01T10:00:00.000000+05:30"),
    ('date(datetime("2026-02-01T10:00:00Z"))', "2026-02-01"),
    ('time(datetime("2026-02-01T10:00:00Z"))', "10:00:00.000000"),
    ('format(time("10:05"))', "10:05"),
    ('format(date("2026-02-01"))', "01-02-2026"),
    ('format(datetime("2026-02-01T10:00:00Z"))', "01-02-2026 15:30"),
    ('parse_datetime("2026-02-01 10:00:00.25", "YYYY-MM-DD hh:mm:ss")',
     "2026-02-01T10:00:00.250000+05:30"),
    ('parse_datetime("2026-02-01 +05:30", "YYYY-MM-DD ZZZ")', "2026-02-01T00:00:00.000000+05:30"),
    ('legacy_add("2026-02-01", 2)', "2026-02-03T00:00:00.000000+05:30"),
    ("array(array(1, 2), 3).0.1", "2"),
    ('object("Age Group", 2).age_group', "2"),
    ('if(time("00:00"), "yes", "no")', "no"),
    ('if(time("10:00"), "yes", "no")', "yes"),
    ('if(upper, "yes", "no")', "yes"),
    ('foreach_value(object("a", 1), (x) => x + 1)', "{a: 2}"),
    ('format_urn("tel:+x")', "+x"),
    ('format_urn("mailto:a@b.org")', "a@b.org"),
    ("div(7, 2)", "3"),
    ('attachment_parts("https://x.example/a.jpg")',
     "{content_type: , url: https://x.example/a.jpg}"),
])  # fmt: skip
def test_an_odd_value_gives(expression: str, text: str) -> None:
    assert give(expression) == text


@pytest.mark.parametrize(("expression", "trouble"), [
    ('datetime("2026-13-01T10:00:00Z")',
     'unable to convert "2026-13-01T10:00:00Z" to a datetime'),
    ('datetime("2026-02-01T10:00:00+25:00")',
     'unable to convert "2026-02-01T10:00:00+25:00" to a datetime'),
    ('date("never")', 'unable to convert "never" to a date'),
    ("time(1 / 0)", "division by zero"),
    ('parse_datetime("2026-02-01 x", "YYYY-MM-DD ZZZ")', '"2026-02-01 x" is'),
    ('parse_datetime("2026-02-31", "YYYY-MM-DD")', '"2026-02-31" is'),
    ('legacy_add("2026-02-01", "x")', 'unable to convert "x" to a number'),
    ('legacy_add("2026-02-01", "2026-02-02")', "cannot add two dates"),
    ("div(7, 0)", "division by zero"),
    ('join(array(1, 1 / 0), ",")', "division by zero"),
    ("filter(array(1), (x) => 1 / 0)", "error calling filter: division by zero"),
    ("foreach_value(object(\"a\", 1), (x) => 1 / 0)",
     "error calling foreach_value: division by zero"),
    ("1()", "only functions can be called"),
    ("(1 / 0)()", "division by zero"),
    ('1 + "x"', 'unable to convert "x" to a number'),
    ("(1 / 0).x", "division by zero"),
    ("array(1).x", "array has no property 'x'"),
    ("array(1)[1 / 0]", "division by zero"),
    ('upper["x"]', "only arrays and objects can be looked up in"),
    ("array(1).7", "index 7 out of range for 1 items"),
    ("array(1).0.", "a name is missing"),
    ("(a, 1) => a", "unexpected , at 3"),
    ("(a b) => a", "unexpected b at 4"),
    ("(a,) => a", "unexpected ) at 4"),
    ("(, a) => a", "unexpected , at 2"),
    ("upper(a,)", "unexpected ) at 9"),
])  # fmt: skip
def test_what_means_nothing_is_refused_in_words(expression: str, trouble: str) -> None:
    told = give(expression)

    assert told.startswith("error evaluating @(")
    assert trouble in told
