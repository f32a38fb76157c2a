"""What a message does, rule by rule, in the order of the rules."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.runner.routing import (
    Continue,
    Decision,
    Heard,
    Ignore,
    Office,
    Rules,
    Start,
    decide,
    preempts,
    read_office,
)

#: A Monday, 09:00 UTC, 14:30 in India.
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
OFFICE = Office(
    opens="09:00:00",
    closes="20:00:00",
    days=frozenset({1, 2, 3, 4, 5}),
    timezone="Asia/Kolkata",
    closed_flow="closed",
    open_flow="open",
)
RULES = Rules(
    keywords={"help": "help", "stop": "stop", "मदद": "help"},
    draft_keywords={"help": "help", "new": "new"},
    optin_flow="optin",
    newcontact_flow="welcome",
    regx=re.compile("unique_regex", re.IGNORECASE),
    regx_flow="regx",
    office=OFFICE,
)
QUIET = replace(RULES, office=None)

TABLE: list[tuple[str, Heard, Rules, Decision]] = [
    ("opted out", Heard("help", NOW, has_opted_out=True), RULES, Start("optin", "optin")),
    (
        "ignores keywords",
        Heard("help", NOW, wait_kind="msg", ignores_keywords=True, is_new_contact=True),
        RULES,
        Continue(),
    ),
    (
        "new contact",
        Heard("help", NOW, is_new_contact=True),
        RULES,
        Start("welcome", "new_contact"),
    ),
    ("keyword", Heard(" HELP! ", NOW), RULES, Start("help", "keyword", keyword="help")),
    ("keyword in Hindi", Heard("मदद", NOW), RULES, Start("help", "keyword", keyword="मदद")),
    (
        "keyword beats session",
        Heard("help", NOW, wait_kind="msg"),
        RULES,
        Start("help", "keyword", keyword="help"),
    ),
    ("keyword is the whole message", Heard("help me", NOW, wait_kind="msg"), RULES, Continue()),
    (
        "draft beats all",
        Heard("draft:new", NOW, wait_kind="msg", ignores_keywords=True),
        RULES,
        Start("new", "keyword", keyword="new", is_draft=True),
    ),
    ("draft of nothing", Heard("draft:none", NOW), RULES, Ignore()),
    ("session waits for time", Heard("hello", NOW, wait_kind="time"), RULES, Ignore()),
    ("session waits for a result", Heard("hello", NOW, wait_kind="result"), RULES, Ignore()),
    ("regx", Heard("my UNIQUE_regex", NOW), RULES, Start("regx", "regx")),
    ("office is open", Heard("hello", NOW), RULES, Start("open", "office", once_a_day=True)),
    (
        "office is closed at night",
        Heard("hello", NOW.replace(hour=18)),
        RULES,
        Start("closed", "office", once_a_day=True),
    ),
    (
        "office is closed on Sunday",
        Heard("hello", NOW.replace(day=1)),
        RULES,
        Start("closed", "office", once_a_day=True),
    ),
    ("nothing holds", Heard("hello", NOW), QUIET, Ignore()),
]


@pytest.mark.parametrize(
    ("heard", "rules", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_the_first_rule_that_holds_decides(heard: Heard, rules: Rules, expected: Decision) -> None:
    assert decide(heard, rules) == expected


def test_only_a_stop_word_that_is_a_keyword_is_heard_at_once() -> None:
    assert [preempts(text, RULES) for text in ("Stop.", "help", "optout")] == [True, False, False]


def test_office_hours_are_read_as_the_organization_keeps_them() -> None:
    settings = {
        "enabled": True,
        "start_time": "T09:00:00",
        "end_time": "20:00",
        "enabled_days": [{"id": day, "enabled": day < 6} for day in range(1, 8)],
        "flow_id": 1,
        "default_flow_id": "2",
    }

    office = read_office(settings, "Asia/Kolkata", {1: "closed", 2: "open"}, every_time=False)

    assert office == OFFICE
