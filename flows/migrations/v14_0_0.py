"""14.0: a flow expires within two weeks, a call within 15 minutes; a category has a name."""

from __future__ import annotations

from flows.migrations.draft import Draft, dicts, text

VERSION = (14, 0, 0)

#: Minutes by type of flow. Other types do not wait: goflow gives them 0.
_LONGEST = {"messaging": 20_160, "voice": 15}


def upgrade(draft: Draft) -> None:
    minutes, kind = draft.data.get("expire_after_minutes"), text(draft.data, "type")
    if isinstance(minutes, int) and not isinstance(minutes, bool):
        # Glific's exports have types of their own; without loss these are messaging
        longest = _LONGEST.get(kind, _LONGEST["messaging"] if draft.is_lossless else 0)
        draft.data["expire_after_minutes"] = min(minutes, longest)
    for router in draft.routers():
        for category in dicts(router.get("categories")):
            if not text(category, "name"):
                category["name"] = "Match"
