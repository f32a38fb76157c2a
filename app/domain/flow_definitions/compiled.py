"""Compiled flows of this process, by revision. A revision never changes, so nothing is invalidated."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from app.core.db import Database
from flows import Flow, compile_flow

#: Compiled flows kept; one of 300 nodes takes about 1 MB.
CAPACITY = 256


class CompiledFlows:
    """The flows used last, by the number of their revision."""

    def __init__(self) -> None:
        self._flows: OrderedDict[int, Flow] = OrderedDict()

    def find(self, revision_id: int) -> Flow | None:
        """The compiled revision, if this process has met it lately."""
        flow = self._flows.get(revision_id)
        if flow is not None:
            self._flows.move_to_end(revision_id)
        return flow

    def compile(self, revision_id: int, definition: Mapping[str, Any]) -> Flow:
        """The compiled revision. Raises FlowInvalid when it cannot be run at all."""
        flow = self.find(revision_id)
        if flow is None:
            flow = compile_flow(definition, revision_id=str(revision_id))
            self._flows[revision_id] = flow
            if len(self._flows) > CAPACITY:
                self._flows.popitem(last=False)
        return flow


#: Numbers of revisions mean something within one database only.
_OF: WeakKeyDictionary[Database, CompiledFlows] = WeakKeyDictionary()


def compiled_flows(db: Database) -> CompiledFlows:
    """The compiled flows of a database, shared by all of this process."""
    found = _OF.get(db)
    if found is None:
        found = _OF[db] = CompiledFlows()
    return found
