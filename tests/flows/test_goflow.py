"""goflow's own suites run against the engine; what fails is known, with its reason."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.conformance.goflow import report, run
from tests.flows.shared import CONFORMANCE

SUITES = CONFORMANCE / "flows" / "goflow"

pytestmark = pytest.mark.skipif(not SUITES.is_dir(), reason="the conformance data is not there")

#: Case -> why it fails.
KNOWN = {
    "call_webhook: Error event created and action skipped if evaluated request exceeds size limit": (
        "300,000 characters from one expression are more than a template may work for here: the "
        "expression fails (expression:too_complex) before the request's size is looked at"
    ),
}


def test_the_suites_pass_but_for_the_known_failures() -> None:
    outcomes = run(SUITES)

    failed = {outcome.name for outcome in outcomes if outcome.difference}
    totals = Counter(outcome.family for outcome in outcomes)
    assert failed == set(KNOWN)
    assert totals == {"runner": 15, "actions": 73, "routers": 9, "migrations": 15}


def test_the_report_counts_each_family_and_shows_the_first_difference() -> None:
    outcomes = [outcome for outcome in run(SUITES) if outcome.family in ("actions", "routers")]

    lines = report(outcomes).splitlines()

    assert [line for line in lines if not line.startswith(" ")] == [
        "actions: 72/73",
        "routers: 9/9",
    ]
    assert lines[1].startswith("  call_webhook: Error event created")
