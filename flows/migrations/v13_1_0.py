"""13.1: the templating of a message has a uuid of its own, so that its variables can be translated."""

from __future__ import annotations

from flows.migrations.draft import Draft, text

VERSION = (13, 1, 0)


def upgrade(draft: Draft) -> None:
    for action in draft.actions("send_msg"):
        templating = action.get("templating")
        if isinstance(templating, dict) and not templating.get("uuid"):
            templating["uuid"] = draft.new_uuid(f"{text(action, 'uuid')}/templating")
