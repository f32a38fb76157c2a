"""14.3: a split by a ticket or by airtime asks what the action left in a local; its router has the result.

Without loss a split by the action's result stays, as for webhooks (14.1).
"""

from __future__ import annotations

from flows.migrations.draft import Draft, text

VERSION = (14, 3, 0)

_LOCALS = {"open_ticket": "_new_ticket", "transfer_airtime": "_new_transfer"}


def upgrade(draft: Draft) -> None:
    if draft.is_lossless:
        return
    for action, router in draft.splits(*_LOCALS):
        cases = router.get("cases")
        if not text(router, "operand").startswith("@results.") or not isinstance(cases, list):
            continue
        if not cases or not isinstance(cases[0], dict):
            continue
        cases[0]["type"] = "has_text"
        cases[0]["arguments"] = []
        router["operand"] = "@locals." + _LOCALS[text(action, "type")]
        router["cases"] = cases[:1]
        router["result_name"] = action.pop("result_name", None)
