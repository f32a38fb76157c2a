"""The query language of smart groups."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from flows import FieldValue
from flows.contactql import MAX_DEPTH, MAX_QUERY_CHARS, holds
from flows.membership import regrouped
from tests.flows.goflow_habits import ASHA, environment

PERSON = replace(
    ASHA,
    id="12",
    created_on=datetime(2020, 5, 4, 12, tzinfo=UTC),
    fields={
        "gender": FieldValue("f", "Gender"),
        "age": FieldValue("27", "Age", "number"),
        "born": FieldValue("1999-02-03", "Born"),
    },
)


@pytest.mark.parametrize(
    "query",
    [
        "asha",
        '"1212"',
        "name = ASHA",
        "name is asha",
        "name ~ ash",
        "name has ash",
        'name != "bob"',
        'surname = ""',
        'name != ""',
        "gender = F AND age > 20",
        "fields.gender = f age >= 27",
        "(age < 20 OR age <= 27) and gender = f",
        "gender = m or asha",
        "tel ~ 206",
        "urns.tel = +12065551212",
        "urn ~ 1234",
        "facebook = 1234",
        'telegram = ""',
        "group = Men",
        "tickets = 0",
        "tickets < 1",
        "created_on > 2019-01-01",
        "created_on = 2020-05-04",
        "born < 2000-01-01",
        "id = 12 uuid = asha-uuid language = eng status = active",
        'last_seen_on = ""',
    ],
)
def test_a_query_holds(query: str) -> None:
    assert holds(query, PERSON, environment())


@pytest.mark.parametrize(
    "query",
    [
        "ravi",
        "name = ash",
        "name ~ x",
        "age > 27",
        "age = x",
        "age > x",
        "gender > f",
        "gender = m AND asha",
        "created_on < 2020-05-04",
        "created_on = x",
        'name = ""',
        "surname = x",
        "tel > 3 twitter = 1",
        # what cannot be read holds for nobody
        "",
        "(asha",
        "asha)",
        "age >",
        "age = = 3",
        '"unclosed',
        "= 3",
        "(" * (MAX_DEPTH + 2) + "asha" + ")" * (MAX_DEPTH + 2),
        "a" * (MAX_QUERY_CHARS + 1),
    ],
)
def test_a_query_does_not_hold(query: str) -> None:
    assert not holds(query, PERSON, environment())


def test_hidden_urns_are_not_found_by_a_bare_word() -> None:
    assert not holds("1212", PERSON, environment(redact_urns=True))


def test_a_contact_in_the_right_groups_stays_as_it_is() -> None:
    assert regrouped(ASHA, environment()) is None
