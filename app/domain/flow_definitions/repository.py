"""Rows of flows, revisions and labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select

from app.core.errors import NotFound
from app.core.repository import Repository, contains
from app.domain.flow_definitions.data import FlowFilter
from app.models import Flow, FlowLabel, FlowRevision

_FLOW: Any = Flow
_REVISION: Any = FlowRevision


class FlowRepository(Repository[Flow]):
    """Flows of the organization."""

    model = Flow
    resource = "Flows.Flow"
    default_order = "name"
    orderable = frozenset(
        {
            "id",
            "name",
            "is_pinned",
            "inserted_at",
            "updated_at",
            "last_published_at",
            "last_changed_at",
        }
    )
    unique = {"uq_flows_name": "name", "uq_flows_uuid": "uuid"}

    async def find_by_uuid(self, uuid: str) -> Flow | None:
        """The flow with that uuid, or None."""
        found = await self.ctx.session.scalars(self.query().where(_FLOW.uuid == uuid))
        return found.one_or_none()

    async def by_uuids(self, uuids: Sequence[str]) -> dict[str, Flow]:
        """Flows by uuid, in one query."""
        rows = await self.ctx.session.scalars(self.query().where(_FLOW.uuid.in_(uuids)))
        return {row.uuid: row for row in rows}

    async def by_names(self, names: Sequence[str]) -> dict[str, Flow]:
        """Flows by name, in one query."""
        rows = await self.ctx.session.scalars(self.query().where(_FLOW.name.in_(names)))
        return {row.name: row for row in rows}

    async def taken_keywords(self, keywords: Sequence[str], but: int | None) -> list[str]:
        """Those of `keywords` that another flow has, in their order."""
        if not keywords:
            return []
        holds = or_(*(_FLOW.keywords.contains([word]) for word in keywords))
        rows = await self.ctx.session.scalars(
            self.query().where(holds, _FLOW.id != (but or 0)).with_only_columns(_FLOW.keywords)
        )
        taken = {word for words in rows for word in words}
        return [word for word in keywords if word in taken]

    async def names_like(self, name: str) -> set[str]:
        """Names in use that begin with `name`."""
        rows = await self.ctx.session.scalars(
            self.query()
            .where(_FLOW.name.startswith(name, autoescape=True))
            .with_only_columns(_FLOW.name)
        )
        return set(rows)


class RevisionRepository(Repository[FlowRevision]):
    """Revisions; they are added and their status moves, nothing else."""

    model = FlowRevision
    resource = "Flows.FlowRevision"
    unique = {"uq_flow_revisions_number": "revision"}

    async def newest(self, flow_id: int) -> FlowRevision | None:
        """The revision with the highest number, which is the draft; or None."""
        found = await self.ctx.session.scalars(
            self.query()
            .where(_REVISION.flow_id == flow_id)
            .order_by(_REVISION.number.desc())
            .limit(1)
        )
        return found.one_or_none()

    async def by_number(self, flow_id: int, number: int) -> FlowRevision:
        """The revision with that number. Raises NotFound."""
        found = await self.ctx.session.scalars(
            self.query().where(_REVISION.flow_id == flow_id, _REVISION.number == number)
        )
        row = found.one_or_none()
        if row is None:
            raise NotFound.of(self.resource, number)
        return row

    async def newest_of(self, flow_ids: Sequence[int]) -> dict[int, FlowRevision]:
        """The newest revision of each flow, in one query."""
        newest = (
            select(func.max(_REVISION.id))
            .where(_REVISION.flow_id.in_(flow_ids))
            .group_by(_REVISION.flow_id)
        )
        rows = await self.ctx.session.scalars(self.query().where(_REVISION.id.in_(newest)))
        return {row.flow_id: row for row in rows}

    async def recent(self, flow_id: int, limit: int) -> Sequence[FlowRevision]:
        """The newest revisions, newest first."""
        rows = await self.ctx.session.scalars(
            self.query()
            .where(_REVISION.flow_id == flow_id)
            .order_by(_REVISION.number.desc())
            .limit(limit)
        )
        return rows.all()

    async def publishings(self, flow_id: int) -> int:
        """How often the flow has been published."""
        return (
            await self.ctx.session.scalar(
                select(func.max(_REVISION.version)).where(
                    _REVISION.flow_id == flow_id, _REVISION.organization_id == self.ctx.org_id
                )
            )
            or 0
        )


class FlowLabelRepository(Repository[FlowLabel]):
    """Labels that flows put on incoming messages."""

    model = FlowLabel
    resource = "Flows.FlowLabel"
    default_order = "name"
    orderable = frozenset({"id", "name", "inserted_at", "updated_at"})
    unique = {"uq_flow_labels_name": "name"}


def clauses(filter_: FlowFilter) -> list[ColumnElement[bool]]:
    """The conditions that `filter_` stands for."""
    made: list[ColumnElement[bool]] = []
    if filter_.name:
        made.append(contains(_FLOW.name, filter_.name))
    if filter_.keyword:
        made.append(_FLOW.keywords.contains([filter_.keyword]))
    if filter_.name_or_keyword:
        word = filter_.name_or_keyword
        made.append(or_(contains(_FLOW.name, word), _FLOW.keywords.contains([word.lower()])))
    if filter_.status:
        made.append(
            exists().where(
                _REVISION.flow_id == _FLOW.id, _REVISION.status == filter_.status.lower()
            )
        )
    if filter_.tag_ids:
        made.append(_FLOW.tag_id.in_(filter_.tag_ids))
    if filter_.name_or_keyword_or_tags:
        word = filter_.name_or_keyword_or_tags
        made.append(or_(contains(_FLOW.name, word), _FLOW.keywords.contains([word.lower()])))
    for name in ("uuid", "is_active", "is_background", "is_pinned", "is_template"):
        wanted = getattr(filter_, name)
        if wanted is not None:
            made.append(getattr(_FLOW, name) == wanted)
    return made
