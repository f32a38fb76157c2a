"""docs/clauses.md is as the scripts are."""

from __future__ import annotations

import pytest

from tests.xmpp import clauses


def test_the_page_of_clauses_is_as_the_scripts_say() -> None:
    assert clauses.page() == clauses.PAGE.read_text("utf-8"), "python -m tests.xmpp.clauses"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("# RFC 6121 2.3: a rule", ([("RFC 6121", "2.3")], "a rule")),
        (
            "# RFC 6120 4.3.2, XEP-0198 5 and 9, XEP-0045 7.2 to 7.4: one: two",
            (
                [
                    ("RFC 6120", "4.3.2"),
                    ("XEP-0198", "5"),
                    ("XEP-0198", "9"),
                    ("XEP-0045", "7.2 to 7.4"),
                ],
                "one: two",
            ),
        ),
        ("# MUC Light: a rule", ([("MUC Light", "")], "a rule")),
        ("# an_option: a rule", ([("Our own", "")], "an_option: a rule")),
    ],
)
def test_a_first_line_names_clauses_and_a_rule(
    line: str, expected: tuple[list[tuple[str, str]], str]
) -> None:
    assert clauses.read_head(line) == expected
