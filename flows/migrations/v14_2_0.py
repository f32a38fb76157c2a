"""14.2: a ticket has a note, not a body.

goflow also drops translations into languages whose code has not three letters. That would take away
every Hindi text of a Glific flow (`hi`), so without loss they stay (catalogue 13).
"""

from __future__ import annotations

from flows.migrations.draft import Draft, localization

VERSION = (14, 2, 0)


def upgrade(draft: Draft) -> None:
    for action in draft.actions("open_ticket"):
        body = action.get("body")
        if isinstance(body, str) and body and not (draft.is_lossless and action.get("note")):
            action["note"] = body
            del action["body"]
    if not draft.is_lossless:
        languages = localization(draft.data)
        for code in [code for code in languages if len(code) != 3]:
            del languages[code]
