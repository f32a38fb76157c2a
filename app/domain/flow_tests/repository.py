"""Rows of flow tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement

from app.core.repository import Repository, contains
from app.domain.flow_tests.data import TestFilter
from app.models import FlowTest

_TEST: Any = FlowTest


class FlowTestRepository(Repository[FlowTest]):
    """Tests of the organization's flows."""

    model = FlowTest
    resource = "Flows.FlowTest"
    default_order = "name"
    orderable = frozenset({"id", "name", "inserted_at", "updated_at"})
    unique = {"uq_flow_tests_name": "name"}

    async def of_flows(self, flow_ids: Sequence[int]) -> dict[int, list[FlowTest]]:
        """The tests of each flow, by name, in one query."""
        found: dict[int, list[FlowTest]] = {id_: [] for id_ in flow_ids}
        rows = await self.ctx.session.scalars(
            self.query().where(_TEST.flow_id.in_(flow_ids)).order_by(_TEST.name, _TEST.id)
        )
        for row in rows:
            found[row.flow_id].append(row)
        return found


def clauses(wanted: TestFilter) -> list[ColumnElement[bool]]:
    """The conditions that `wanted` stands for."""
    made: list[ColumnElement[bool]] = []
    if wanted.flow_id is not None:
        made.append(_TEST.flow_id == wanted.flow_id)
    if wanted.name:
        made.append(contains(_TEST.name, wanted.name))
    if wanted.is_active is not None:
        made.append(_TEST.is_active == wanted.is_active)
    return made
