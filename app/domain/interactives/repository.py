"""The queries of messages with choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, or_, select

from app.core.repository import Repository, contains
from app.domain.interactives.data import InteractiveFilter
from app.models import InteractiveTemplate, Language, Tag

_row: Any = InteractiveTemplate
_language: Any = Language
_tag: Any = Tag


class InteractiveRepository(Repository[InteractiveTemplate]):
    """The organization's messages with choices."""

    model = InteractiveTemplate
    resource = "Templates.InteractiveTemplate"
    default_order = "label"
    orderable: ClassVar[frozenset[str]] = frozenset(
        {"id", "label", "type", "inserted_at", "updated_at"}
    )
    unique: ClassVar[dict[str, str]] = {
        "uq_interactive_templates_label": "label",
        "uq_interactive_templates_language": "label",
    }

    async def by_labels(self, labels: Sequence[str]) -> dict[tuple[str, str], InteractiveTemplate]:
        """Messages by label and type, in one query."""
        if not labels:
            return {}
        rows = await self.ctx.session.scalars(self.query().where(_row.label.in_(labels)))
        return {(row.label, row.type): row for row in rows}

    async def languages(self) -> Mapping[int, Language]:
        """The languages of the installation by id."""
        rows = await self.ctx.session.scalars(select(Language).order_by(_language.id).limit(1000))
        return {row.id: row for row in rows if row.id is not None}


def interactive_clauses(wanted: InteractiveFilter) -> list[ColumnElement[bool]]:
    """`wanted` as clauses."""
    clauses: list[ColumnElement[bool]] = []
    for name in ("type", "language_id", "send_with_title"):
        value = getattr(wanted, name)
        if value is not None:
            clauses.append(getattr(_row, name) == value)
    if wanted.label:
        clauses.append(contains(_row.label, wanted.label))
    if wanted.term:
        tagged = select(_tag.id).where(
            _tag.organization_id == _row.organization_id, contains(_tag.label, wanted.term)
        )
        clauses.append(or_(contains(_row.label, wanted.term), _row.tag_id.in_(tagged)))
    if wanted.language:
        named = select(_language.id).where(contains(_language.label, wanted.language))
        clauses.append(_row.language_id.in_(named))
    if wanted.tag_ids:
        clauses.append(_row.tag_id.in_(wanted.tag_ids))
    return clauses
