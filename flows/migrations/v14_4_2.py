"""14.4.2: a split by a webhook that was not called asks for 0, and does not tell an error."""

from __future__ import annotations

from flows.migrations.draft import Draft
from flows.migrations.webhooks import KINDS, STATUS

VERSION = (14, 4, 2)


def upgrade(draft: Draft) -> None:
    for _, router in draft.splits(*KINDS):
        if router.get("operand") == STATUS:
            router["operand"] = "@(default(webhook.status, 0))"
