"""13.6: names of results have at most 64 characters, names of categories at most 36.

Glific knows no such limits and shows the names to people, so without loss they keep their length.
"""

from __future__ import annotations

from flows.migrations.draft import Dict, Draft, dicts

VERSION = (13, 6, 0)

RESULT_CHARS = 64
_CATEGORY_CHARS = 36


def upgrade(draft: Draft) -> None:
    if draft.is_lossless:
        return
    for action in draft.actions("set_run_result"):
        _shorten(action, "name", RESULT_CHARS)
        _shorten(action, "category", _CATEGORY_CHARS)
    for router in draft.routers():
        _shorten(router, "result_name", RESULT_CHARS)
        for category in dicts(router.get("categories")):
            _shorten(category, "name", _CATEGORY_CHARS)


def _shorten(holder: Dict, key: str, limit: int) -> None:
    name = holder.get(key)
    if isinstance(name, str) and len(name) > limit:
        holder[key] = name[:limit].strip()
