"""Case tests, by their catalogue names."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from flows import Environment, Msg
from flows.cases import CASES, Subject
from flows.expressions.scope import Scope
from flows.expressions.template import compile_template
from flows.expressions.values import to_text
from tests.flows.shared import NOW


def match(kind: str, value: Any, *arguments: Any, dialect: Any = "glific") -> str | None:
    env = Environment(now=NOW, new_uuid=lambda: "u", timezone="Asia/Kolkata", dialect=dialect)
    found = CASES[kind].test(Subject(value, to_text(value), Scope(env)), list(arguments))
    return None if found is None else found.value


@pytest.mark.parametrize(
    ("kind", "text", "arguments", "value"),
    [
        ("has_text", "  hi ", (), "hi"),
        ("has_text", "  ", (), None),
        ("has_any_word", "I like RED and blue", ("blue red",), "RED blue"),
        ("has_any_word", "redish", ("red",), None),
        ("has_any_word", "हाँ जी", ("हाँ, yes",), "हाँ"),
        ("has_any_word", "👍", ("👍 👎",), "👍"),
        ("has_all_words", "the quick fox", ("fox the",), "the fox"),
        ("has_all_words", "the quick fox", ("fox red",), None),
        ("has_phrase", "Yes, please call me!", ("PLEASE CALL",), "please call"),
        ("has_phrase", "call me please", ("please call",), None),
        ("has_phrase", "anything", ("",), ""),
        ("has_only_phrase", "Start!", ("start",), "Start"),
        ("has_only_phrase", "start now", ("start",), None),
        ("has_only_text", " YES ", ("yes",), "YES"),
        ("has_beginning", " Hello all", ("hello",), "Hello"),
        ("has_beginning", "Hello", ("",), None),
        ("has_multiple", "1, 3", ("1,2,3",), "1, 3"),
        ("has_multiple", "1, 4", ("1,2,3",), None),
        ("has_pattern", "my code is AB12", (r"([a-z]+)(\d+)$",), "AB12"),
        ("has_pattern", "x", ("[",), None),
        ("has_number", "I am 1,234.50 old", (), "1234.5"),
        ("has_number", "मैं २५ का हूँ", (), "25"),
        ("has_number", "none", (), None),
        ("has_number_between", "7", ("1", "10"), "7"),
        ("has_number_between", "11", ("1", "10"), None),
        ("has_number_eq", "2.0", ("2",), "2"),
        ("has_number_lt", "2", ("3",), "2"),
        ("has_number_lte", "3", ("3",), "3"),
        ("has_number_gt", "2", ("3",), None),
        ("has_number_gte", "3", ("3",), "3"),
        ("has_date", "on 5/6/2025 10:30", (), "2025-06-05T10:30:00.000000+05:30"),
        ("has_date", "no date", (), None),
        ("has_date_gt", "05-06-2025", ("2025-06-04",), "2025-06-05T14:30:00.000000+05:30"),
        ("has_time", "at 10:30 pm", (), "22:30:00.000000"),
        ("has_phone", "call 99000 00001 now", (), "+919900000001"),
        ("has_phone", "12", (), None),
        ("has_email", "I am foo.bar@example.org.", (), "foo.bar@example.org"),
        ("has_email", "foo at bar", (), None),
    ],
)
def test_a_case(kind: str, text: str, arguments: tuple[str, ...], value: str | None) -> None:
    assert match(kind, text, *arguments) == value


def test_only_goflow_minds_capitals_of_a_whole_text() -> None:
    assert match("has_only_text", "Yes", "yes", dialect="goflow") is None


def test_a_group_is_found_by_uuid_id_or_name() -> None:
    groups = [{"uuid": "u", "id": "7", "name": "Readers"}]

    assert [
        match("has_group", groups, "u"),
        match("has_group", groups, "7"),
        match("has_group", groups, "x", "readers"),
        match("has_group", groups, "x", "Writers"),
    ] == ["Readers", "Readers", "Readers", None]


@pytest.mark.parametrize(
    ("kind", "msg_kind"),
    [
        ("has_image", "image"),
        ("has_audio", "audio"),
        ("has_video", "video"),
        ("has_file", "document"),
    ],
)
def test_media_is_told_by_the_kind_of_message(kind: str, msg_kind: str) -> None:
    env = Environment(now=NOW, new_uuid=lambda: "u")
    msg = Msg("m", "tel:1", "", (f"{msg_kind}:https://x.example/a",), msg_kind)
    subject = Subject("", "", Scope(env), msg)

    assert CASES[kind].test(subject, []) == CASES["has_media"].test(subject, [])
    assert CASES["has_location"].test(subject, []) is None


@pytest.mark.parametrize(
    ("kind", "value", "arguments", "found"),
    [
        ("has_value", "x", (), "x"),
        ("has_number", Decimal("4.50"), (), "4.5"),
        ("has_number", "none", (), None),
        ("has_number_between", "4", ("1", "x"), None),
        ("has_number_lt", "4", ("x",), None),
        ("has_category", {"category": "Yes"}, ("no", "yes"), "Yes"),
        ("has_category", {"category": "Yes"}, ("no",), None),
        ("has_category", "Yes", ("yes",), None),
        ("has_date", date(2026, 1, 2), (), "2026-01-02T00:00:00.000000+05:30"),
        ("has_date", Decimal(3), (), None),
        ("has_date_lt", "nothing", ("2026-01-01",), None),
        ("has_date_lt", "2025-12-31", ("2026-01-01",), "2025-12-31T14:30:00.000000+05:30"),
        ("has_date_eq", "2026-01-02", ("2026-01-01",), None),
        ("has_date_gt", "2026-01-02", ("x",), None),
        ("has_time", "at 10:30", (), "10:30:00.000000"),
        ("has_time", "never", (), None),
        ("has_intent", "x", ("book", "0"), None),
        ("has_top_intent", {"extra": {"intents": [{"name": "a"}, {"name": "b"}]}}, ("b", ""), None),
        ("has_intent", {"extra": {"intents": [{"name": "a"}, {"name": "b"}]}}, ("b", ""), "b"),
        ("has_multiple", "red, blue", ("blue, green, red",), "red, blue"),
        ("has_group", "no list", ("u",), None),
    ],
)
def test_a_case_of_a_value(
    kind: str, value: Any, arguments: tuple[str, ...], found: str | None
) -> None:
    assert match(kind, value, *arguments) == found


def test_media_is_told_by_its_content_type_and_places_by_their_kind() -> None:
    scope = Scope(Environment(now=NOW, new_uuid=lambda: "u"))
    file = Msg("m", "", "see", ("application/pdf:https://x.example/a",))
    place = Msg("m", "", "", kind="location", payload={"latitude": 1, "longitude": 2})

    def ask(kind: str, msg: Msg | None) -> str | None:
        found = CASES[kind].test(Subject("", "", scope, msg), [])
        return found.value if found else None

    assert [ask("has_file", file), ask("has_image", file), ask("has_image", None)] == [
        "https://x.example/a",
        None,
        None,
    ]
    assert (ask("has_location", place), ask("has_location", None)) == ("1,2", None)
    assert ask("has_audio", Msg("m", "", "a voice", kind="voice")) == "a voice"


def test_a_case_is_a_function_too() -> None:
    scope = Scope(Environment(now=NOW, new_uuid=lambda: "u"))

    shown = [
        compile_template(text).text(scope)[0]
        for text in (
            '@(has_phrase("call me", "me").match)',
            '@(if(has_phrase("call me", "me"), "y", "n"))',
            '@(has_phrase("call", "me"))',
        )
    ]

    assert shown == ["me", "y", "false"]
