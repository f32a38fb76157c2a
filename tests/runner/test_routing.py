"""What a message does, rule by rule, in the order of the rules."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.runner.periods import periodic_flows
from app.runner.routing import (
    DAY,
    Continue,
    Decision,
    Heard,
    Ignore,
    Offer,
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
INDIA = ZoneInfo("Asia/Kolkata")
PERIODIC = periodic_flows(
    {"daily": "d", "help": "h", "monday": "mon", "monthly": "m", "tuesday": "t", "weekly": "w"}
)

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
    (
        "office is open",
        Heard("hello", NOW),
        RULES,
        Offer((Start("open", "office", once_since=NOW - DAY),)),
    ),
    (
        "office is closed at night",
        Heard("hello", NOW.replace(hour=18)),
        RULES,
        Offer((Start("closed", "office", once_since=NOW.replace(hour=18) - DAY),)),
    ),
    (
        "office is closed on Sunday",
        Heard("hello", NOW.replace(day=1)),
        RULES,
        Offer((Start("closed", "office", once_since=NOW.replace(day=1) - DAY),)),
    ),
    ("nothing holds", Heard("hello", NOW), QUIET, Ignore()),
    (
        "office each time",
        Heard("hello", NOW),
        replace(RULES, office=replace(OFFICE, every_time=True)),
        Offer((Start("open", "office"),)),
    ),
    (
        "opted out and within the opt-in flow",
        Heard("1", NOW, wait_kind="msg", has_opted_out=True, flow_uuid="optin"),
        RULES,
        Continue(),
    ),
    (
        "opted out and within another flow",
        Heard("1", NOW, wait_kind="msg", has_opted_out=True, flow_uuid="help"),
        RULES,
        Start("optin", "optin"),
    ),
    (
        "template by its name",
        Heard("template: Help Menu", NOW, wait_kind="msg", ignores_keywords=True),
        replace(RULES, template_flows={"help menu": "menu"}),
        Start("menu", "keyword", keyword="help menu", is_draft=True),
    ),
    (
        "periods of this Monday, in their order, then the office",
        Heard("hello", NOW),
        replace(RULES, periodic=PERIODIC, timezone="Asia/Kolkata"),
        Offer(
            (
                Start("m", "periodic", once_since=datetime(2026, 11, 1, tzinfo=INDIA)),
                Start("w", "periodic", once_since=datetime(2026, 11, 2, tzinfo=INDIA)),
                Start("mon", "periodic", once_since=datetime(2026, 11, 2, tzinfo=INDIA)),
                Start("d", "periodic", once_since=datetime(2026, 11, 2, tzinfo=INDIA)),
                Start("open", "office", once_since=NOW - DAY),
            )
        ),
    ),
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
