"""goflow's own suites run against the engine; what fails is known, with its reason."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.conformance.goflow import Outcome, report, run
from tests.flows.shared import CONFORMANCE

SUITES = CONFORMANCE / "flows" / "goflow"

pytestmark = pytest.mark.skipif(not SUITES.is_dir(), reason="the conformance data is not there")

#: Case -> why it fails.
KNOWN: dict[str, str] = {}


def test_the_suites_pass_but_for_the_known_failures() -> None:
    outcomes = run(SUITES)

    failed = {outcome.name for outcome in outcomes if outcome.difference}
    totals = Counter(outcome.family for outcome in outcomes)
    assert failed == set(KNOWN)
    assert totals == {"runner": 15, "actions": 73, "routers": 9, "migrations": 15}


def test_the_report_counts_each_family_and_shows_the_first_difference() -> None:
    outcomes = [
        Outcome("actions", "send_msg: one", ""),
        Outcome("actions", "send_msg: two", "$.text: expected 'a', found 'b'"),
        Outcome("routers", "switch: one", ""),
    ]

    assert report(outcomes).splitlines() == [
        "actions: 1/2",
        "  send_msg: two: $.text: expected 'a', found 'b'",
        "routers: 1/1",
    ]
