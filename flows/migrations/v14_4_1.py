"""14.4.1: every split by a webhook has one case, has_number_between 200 and 299 of @webhook.status.

13.3 made `@webhook.json.status` of some operands. The arguments are numbers, so translations of them go.
Without loss only splits that already ask for @webhook are put right (see 14.1).
"""

from __future__ import annotations

from flows.migrations.draft import Draft, dicts, drop_translation, text
from flows.migrations.webhooks import KINDS, split_by_status

VERSION = (14, 4, 1)


def upgrade(draft: Draft) -> None:
    for _, router in draft.splits(*KINDS):
        if draft.is_lossless and not text(router, "operand").startswith("@webhook"):
            continue
        before = split_by_status(router)
        for case in dicts(before):
            for language in draft.languages():
                drop_translation(language, text(case, "uuid"), "arguments")
