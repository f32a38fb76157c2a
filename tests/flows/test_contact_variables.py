"""@contact as Glific's flows ask for it: columns, profiles, and fields that everybody has (catalogue 8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from flows import Contact
from flows.assets import StaticAssets
from flows.contact import FieldValue, Profile
from flows.definition.validate import validate
from flows.simulator import Conversation
from tests.flows.build import flow, node, says

ASHA = Contact(uuid="c", name="Asha", phone="919876543210", language="hi")
FAMILY = replace(ASHA, profiles=(Profile("7", "Asha"), Profile("9", "Ravi", is_current=True)))


def shown(text: str, contact: Contact = ASHA) -> str:
    """The text as the contact reads it."""
    (said,) = Conversation(flow(node("a", says(text))), contact=contact).start()
    return said


def test_persons_who_share_a_phone_are_listed_with_their_numbers() -> None:
    assert shown("@contact.list_profiles", FAMILY) == "1. Asha\n2. Ravi"
    assert shown("@contact.active_profile_name of @contact.profiles.count", FAMILY) == "Ravi of 2"
    assert shown("@contact.profiles.profile_2.id @contact.has_multiple_profile", FAMILY) == "9 true"


def test_who_has_the_phone_alone_has_no_profiles() -> None:
    said = shown("[@contact.list_profiles@contact.active_profile_name] @contact.profiles.count")

    assert said == "[] 0"
    assert shown("@contact.has_multiple_profile") == "false"


def test_what_the_host_knows_further_is_shown_and_hides_nothing() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    contact = replace(ASHA, properties={"optin_method": "BSP", "optout_time": at, "name": "X"})

    said = shown("@contact.optin_method @contact.optout_time @contact.name", contact)

    assert said == "BSP 2026-01-01T00:00:00.000000Z Asha"


def test_the_name_and_the_language_are_fields_of_everybody() -> None:
    named = replace(ASHA, fields={"name": FieldValue("Asha Devi", "Name")})

    assert shown("@contact.fields.name @contact.fields.language.label") == "Asha Hindi"
    assert shown("@contact.fields.name @fields.name", named) == "Asha Devi Asha Devi"


def test_fields_of_everybody_are_not_missed_when_a_flow_is_published() -> None:
    text = "@contact.fields.name @contact.fields.language @contact.fields.village"
    drawn = flow(node("a", says(text)))

    problems = validate(drawn, StaticAssets(flows=(drawn,)))

    assert [p.message for p in problems] == ["Could not find Field: village"]
