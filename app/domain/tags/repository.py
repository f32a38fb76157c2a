"""The queries of tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, cast, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from app.core.repository import Repository, contains
from app.domain.tags.data import TagFilter
from app.models import Language, Tag

_tag: Any = Tag
_language: Any = Language


class TagRepository(Repository[Tag]):
    """Tags."""

    model = Tag
    resource = "Tags.Tag"
    default_order = "label"
    orderable: ClassVar[frozenset[str]] = frozenset(
        {"id", "label", "shortcode", "description", "inserted_at", "updated_at"}
    )
    unique: ClassVar[dict[str, str]] = {"uq_tags_shortcode": "shortcode"}

    async def with_keyword(self, keyword: str) -> Sequence[Tag]:
        """The active tags that have `keyword` among their keywords."""
        statement = self.query().where(
            _tag.is_active,
            _tag.keywords.op("@>")(cast([keyword], JSONB)),
        )
        return (await self.ctx.session.scalars(statement.order_by(_tag.id).limit(100))).all()


def tag_clauses(wanted: TagFilter) -> list[ColumnElement[bool]]:
    """`wanted` as clauses."""
    clauses: list[ColumnElement[bool]] = []
    for name in ("label", "description"):
        text = getattr(wanted, name)
        if text:
            clauses.append(contains(getattr(_tag, name), text))
    for name in ("shortcode", "is_active", "is_reserved", "language_id", "parent_id"):
        value = getattr(wanted, name)
        if value is not None and value != "":
            clauses.append(getattr(_tag, name) == value)
    if wanted.language:
        named = select(_language.id).where(contains(_language.label, wanted.language))
        clauses.append(_tag.language_id.in_(named))
    if wanted.parent:
        parent: Any = aliased(Tag)
        named = select(parent.id).where(
            parent.organization_id == _tag.organization_id, contains(parent.label, wanted.parent)
        )
        clauses.append(_tag.parent_id.in_(named))
    return clauses
