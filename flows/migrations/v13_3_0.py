"""13.3: the answer's own members are under @webhook.json, beside @webhook.status and .headers.

The shape does not tell `@webhook.json` of an older flow (a member called json) from that of a newer one,
so this is one of the steps that go by the version a definition says it has.
"""

from __future__ import annotations

from flows.migrations.draft import Draft
from flows.migrations.templates import change_paths, rewrite

VERSION = (13, 3, 0)


def upgrade(draft: Draft) -> None:
    rewrite(draft, lambda source: change_paths(source, "webhook", _under_json))


def _under_json(path: list[str]) -> list[str]:
    return [path[0], "json", *path[1:]]
