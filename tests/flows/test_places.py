"""Places, URNs and the ways to contacts."""

from __future__ import annotations

import pytest

from flows.cases import CASES, Subject
from flows.directory import Directory
from flows.expressions.scope import Scope
from flows.urns import Urn, format_urn, is_valid, normal, parse
from tests.flows.goflow_habits import DIRECTORY, OTHER, PAGE, PHONE, environment


def test(kind: str, text: str, *arguments: str) -> str | None:
    scope = Scope(environment())
    match = CASES[kind].test(Subject(text, text, scope), arguments)
    return match.value if match else None


test.__test__ = False  # type: ignore[attr-defined]  # a name of the language, not of pytest


@pytest.mark.parametrize(
    ("kind", "text", "arguments", "found"),
    [
        ("has_state", "Kigali City", (), "Rwanda > Kigali City"),
        ("has_state", "I am from kigali.", (), "Rwanda > Kigali City"),
        ("has_state", "eastern-province", (), "Rwanda > Eastern Province"),
        ("has_state", "the Eastern Province it is", (), "Rwanda > Eastern Province"),
        ("has_state", "Rwanda > Kigali City", (), "Rwanda > Kigali City"),
        ("has_state", "Rwanda > Kigali City > Gasabo", (), None),
        ("has_state", "Rwanda > Nowhere", (), None),
        ("has_state", "Boston", (), None),
        ("has_district", "gasabo", ("Kigali",), "Rwanda > Kigali City > Gasabo"),
        ("has_district", "gasabo", (), "Rwanda > Kigali City > Gasabo"),
        ("has_district", "gasabo", ("Eastern Province",), None),
        ("has_district", "gasabo", ("Boston",), None),
        ("has_ward", "gisozi", ("Gasabo", "Kigali"), "Rwanda > Kigali City > Gasabo > Gisozi"),
        ("has_ward", "gisozi", (), None),
        ("has_ward", "gisozi", ("Gasabo", "Boston"), None),
        ("has_ward", "gisozi", ("Boston", "Kigali"), None),
    ],
)
def test_a_place_is_found_by_name_alias_or_path(
    kind: str, text: str, arguments: tuple[str, ...], found: str | None
) -> None:
    assert test(kind, text, *arguments) == found


@pytest.mark.parametrize(
    ("text", "urn"),
    [
        ("tel:+1206?channel=c&id=1#Asha", Urn("tel", "+1206", "c", "Asha")),
        ("mailto:a@b.example", Urn("mailto", "a@b.example")),
        ("nothing", None),
        ("tel:", None),
    ],
)
def test_a_urn_has_parts(text: str, urn: Urn | None) -> None:
    assert parse(text) == urn


@pytest.mark.parametrize(
    ("urn", "stored"),
    [
        (Urn("tel", "(206) 555-1212"), "tel:+12065551212"),
        (Urn("tel", "+234 1"), "tel:+2341"),
        (Urn("tel", "Vodafone"), "tel:vodafone"),
        (Urn("twitter", "@Asha"), "twitter:asha"),
        (Urn("ext", " x "), "ext:x"),
    ],
)
def test_a_urn_is_stored_in_one_form(urn: Urn, stored: str) -> None:
    assert str(normal(urn, "US")) == stored


def test_a_urn_is_one_of_its_scheme() -> None:
    urns = [Urn("tel", "+1206"), Urn("nope", "1"), Urn("ext", " "), Urn("ext", "x"), Urn("vk", "x")]

    assert [is_valid(urn) for urn in urns] == [True, False, False, True, True]


@pytest.mark.parametrize(
    ("urn", "shown"),
    [
        ("tel:+12065551212", "(206) 555-1212"),
        ("whatsapp:12065551212", "(206) 555-1212"),
        ("tel:abc", "abc"),
        ("ext:x#Asha", "Asha"),
        ("ext:x", "x"),
        ("nothing", "nothing"),
    ],
)
def test_a_urn_is_shown_as_people_read_it(urn: str, shown: str) -> None:
    assert format_urn(urn) == shown
    assert format_urn(urn, redact=True) == "********"


def test_a_message_goes_by_the_channel_that_is_preferred_or_likest() -> None:
    ways = [
        [Urn("tel", "+12065551212", "other-uuid")],
        [Urn("tel", "+12065551212", "deaf-uuid")],
        [Urn("tel", "+17031")],
        [Urn("vk", "x"), Urn("facebook", "1")],
        [Urn("vk", "x")],
    ]

    channels = [found[1] if (found := DIRECTORY.route(way)) else None for way in ways]

    assert channels == [OTHER, OTHER, PHONE, PAGE, None]


def test_an_organization_without_topics_has_one() -> None:
    assert Directory().default_topic().name == "General"
    assert DIRECTORY.classifier("x") is None
