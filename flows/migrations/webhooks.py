"""The one shape that a split by a webhook has: its status is between 200 and 299, or it failed."""

from __future__ import annotations

from typing import Any

from flows.migrations.draft import Dict

KINDS = ("call_webhook", "call_resthook")
STATUS = "@webhook.status"


def split_by_status(router: Dict) -> list[Any] | None:
    """Make the first case, with its uuid and category, the only one. Give the cases that were there."""
    cases = router.get("cases")
    if not isinstance(cases, list) or not cases or not isinstance(cases[0], dict):
        return None
    cases[0]["type"] = "has_number_between"
    cases[0]["arguments"] = ["200", "299"]
    router["operand"] = STATUS
    router["cases"] = cases[:1]
    return cases
