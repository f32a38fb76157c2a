"""13.2: a flow whose language nobody knows is in `und`, not in `base`.

goflow takes any code that has not three letters for unknown, and drops translations into `und`. Glific's
codes have two letters; without loss only `base`, or none, is unknown, and the translations stay.
"""

from __future__ import annotations

from flows.migrations.draft import Draft, localization, text

VERSION = (13, 2, 0)

_UNKNOWN = ("", "base")


def upgrade(draft: Draft) -> None:
    language = text(draft.data, "language")
    if draft.is_lossless:
        if language in _UNKNOWN:
            draft.data["language"] = "und"
    elif len(language) != 3:
        draft.data["language"] = "und"
        localization(draft.data).pop("und", None)
