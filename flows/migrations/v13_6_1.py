"""13.6.1: expressions look results up by the shortened names of 13.6."""

from __future__ import annotations

from flows.expressions.scope import snakify
from flows.migrations.draft import Draft, text
from flows.migrations.templates import change_paths, rewrite
from flows.migrations.v13_6_0 import RESULT_CHARS

VERSION = (13, 6, 1)


def upgrade(draft: Draft) -> None:
    if draft.is_lossless:
        return
    names = [text(action, "name") for action in draft.actions("set_run_result")]
    names += [text(router, "result_name") for router in draft.routers()]
    keys = {snakify(name) for name in names if name}

    def shorten(path: list[str]) -> list[str]:
        return [path[0], *(_shortened(part, keys) for part in path[1:2]), *path[2:]]

    rewrite(draft, lambda source: change_paths(source, "results", shorten))


def _shortened(key: str, known: set[str]) -> str:
    """Cut a key; a name that was cut at a blank has lost the _ that stands for it."""
    cut = key[:RESULT_CHARS]
    trimmed = cut.rstrip("_")
    if cut.lower() not in known and trimmed.lower() in known:
        return trimmed
    return cut
