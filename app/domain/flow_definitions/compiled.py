"""Compiled flows of this process, by revision. A revision never changes, so nothing is invalidated."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from app.core.db import Database
from flows import Flow, compile_flow
from flows.definition.repeating import repeating

#: Compiled flows kept; one of 300 nodes takes about 1 MB.
CAPACITY = 256
#: Number of the revision, and whether Other and no answer in time lead back to the question.
Key = tuple[int, bool, bool]


class CompiledFlows:
    """The flows used last, by the number of their revision."""

    def __init__(self) -> None:
        self._flows: OrderedDict[Key, Flow] = OrderedDict()

    def find(
        self, revision_id: int, *, other: bool = False, no_response: bool = False
    ) -> Flow | None:
        """The compiled revision, if this process has met it lately.

        `other` and `no_response` are settings of the flow, as `flows.repeating` takes them.
        """
        key = (revision_id, other, no_response)
        flow = self._flows.get(key)
        if flow is not None:
            self._flows.move_to_end(key)
            return flow
        plain = self._flows.get((revision_id, False, False))
        if plain is None:
            return None
        return self._keep(key, repeating(plain, other=other, no_response=no_response))

    def _keep(self, key: Key, flow: Flow) -> Flow:
        self._flows[key] = flow
        if len(self._flows) > CAPACITY:
            self._flows.popitem(last=False)
        return flow

    def compile(self, revision_id: int, definition: Mapping[str, Any]) -> Flow:
        """The compiled revision. Raises FlowInvalid when it cannot be run at all."""
        flow = self.find(revision_id)
        if flow is None:
            made = compile_flow(definition, revision_id=str(revision_id))
            flow = self._keep((revision_id, False, False), made)
        return flow


#: Numbers of revisions mean something within one database only.
_OF: WeakKeyDictionary[Database, CompiledFlows] = WeakKeyDictionary()


def compiled_flows(db: Database) -> CompiledFlows:
    """The compiled flows of a database, shared by all of this process."""
    found = _OF.get(db)
    if found is None:
        found = _OF[db] = CompiledFlows()
    return found
