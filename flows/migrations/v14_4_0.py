"""14.4: a message goes to one address of the contact; `all_urns` is gone."""

from __future__ import annotations

from flows.migrations.draft import Draft

VERSION = (14, 4, 0)


def upgrade(draft: Draft) -> None:
    for action in draft.actions("send_msg"):
        action.pop("all_urns", None)
