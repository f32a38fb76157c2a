"""14.1: a split by a webhook asks for @webhook.status; a message has at most ten quick replies.

Without loss a split by the action's result stays: in Glific an answer that is not JSON is a Failure
whatever its status, and the engine takes the category that is called so.
"""

from __future__ import annotations

from flows.migrations.draft import Draft, text
from flows.migrations.webhooks import KINDS, split_by_status

VERSION = (14, 1, 0)

_REPLIES = 10


def upgrade(draft: Draft) -> None:
    for _, router in draft.splits(*KINDS):
        if text(router, "operand").startswith("@results.") and not draft.is_lossless:
            split_by_status(router)
    for action in draft.actions("send_msg", "send_broadcast"):
        replies = action.get("quick_replies")
        if isinstance(replies, list) and len(replies) > _REPLIES:
            action["quick_replies"] = replies[:_REPLIES]
