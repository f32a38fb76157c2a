"""Compiled flows of this process, by revision. A revision never changes, so nothing is invalidated."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from flows import Flow, compile_flow

#: Compiled flows kept; one of 300 nodes takes about 1 MB.
CAPACITY = 256

_cache: OrderedDict[int, Flow] = OrderedDict()


def find(revision_id: int) -> Flow | None:
    """The compiled revision, if this process has met it lately."""
    flow = _cache.get(revision_id)
    if flow is not None:
        _cache.move_to_end(revision_id)
    return flow


def compiled(revision_id: int, definition: Mapping[str, Any]) -> Flow:
    """The compiled revision. Raises FlowInvalid when it cannot be run at all."""
    flow = find(revision_id)
    if flow is None:
        flow = _cache[revision_id] = compile_flow(definition, revision_id=str(revision_id))
        if len(_cache) > CAPACITY:
            _cache.popitem(last=False)
    return flow
