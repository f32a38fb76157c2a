"""Languages are the installation's: everybody reads them, its administrators change them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import IntegrityError

from app.core.context import Ctx
from app.core.errors import Invalid, NotFound
from app.core.page import Page
from app.core.repository import as_id, contains, snake
from app.models import Language

RESOURCE = "Settings.Language"
#: The members that may be changed; others in a change are left aside.
FIELDS = ("label", "label_locale", "locale", "is_active", "localized", "is_reserved")
_NEEDED = ("label", "label_locale", "locale")
_UNIQUE = {"uq_languages_label": "label", "uq_languages_locale": "locale"}
_ORDERABLE = frozenset({"id", "label", "locale", "inserted_at", "updated_at"})

LanguageChanges = dict[str, Any]


async def list_languages(ctx: Ctx, filter_: dict[str, Any], page: Page) -> Sequence[Language]:
    """One page of the languages that `filter_` admits, by label unless asked otherwise."""
    name = snake(page.order_with or "label")
    if name not in _ORDERABLE:
        raise Invalid("orderWith", f"cannot order by {name}")
    column: Any = getattr(Language, name)
    order = column.desc() if page.descending else column.asc()
    statement = select(Language).where(*_clauses(filter_)).order_by(order)
    return (await ctx.session.scalars(statement.limit(page.limit).offset(page.offset))).all()


async def count_languages(ctx: Ctx, filter_: dict[str, Any]) -> int:
    """How many languages `filter_` admits."""
    statement = select(func.count()).select_from(Language).where(*_clauses(filter_))
    return await ctx.session.scalar(statement) or 0


async def languages_by_id(ctx: Ctx, ids: Sequence[int]) -> dict[int, Language]:
    """The languages of `ids`, in one query."""
    if not ids:
        return {}
    id_: Any = Language.id
    rows = await ctx.session.scalars(select(Language).where(id_.in_(set(ids))))
    return {row.id: row for row in rows if row.id is not None}


async def get_language(ctx: Ctx, language_id: int | str | None) -> Language:
    """The language. Raises NotFound."""
    number = as_id(language_id)
    row = await ctx.session.get(Language, number) if number is not None else None
    if row is None:
        raise NotFound.of(RESOURCE, language_id)
    return row


async def create_language(ctx: Ctx, changes: LanguageChanges) -> Language:
    """A new language. Raises Invalid for a blank or taken label or locale."""
    for name in _NEEDED:
        _check_blank(name, changes.get(name))
    row = Language(**{name: changes[name] for name in FIELDS if changes.get(name) is not None})
    ctx.session.add(row)
    await _flush(ctx)
    return row


async def update_language(
    ctx: Ctx, language_id: int | str | None, changes: LanguageChanges
) -> Language:
    """Change the given members and leave the rest. Raises NotFound, Invalid."""
    row = await get_language(ctx, language_id)
    for name in FIELDS:
        if name not in changes:
            continue
        if name in _NEEDED:
            _check_blank(name, changes[name])
        if changes[name] is not None:
            setattr(row, name, changes[name])
    await _flush(ctx)
    return row


async def delete_language(ctx: Ctx, language_id: int | str | None) -> Language:
    """Remove a language that nothing uses. Raises NotFound, Invalid."""
    row = await get_language(ctx, language_id)
    await ctx.session.delete(row)
    await _flush(ctx)
    return row


def _check_blank(name: str, value: Any) -> None:
    if not isinstance(value, str) or not value.strip():
        raise Invalid(name, "can't be blank")


def _clauses(filter_: dict[str, Any]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for name, value in filter_.items():
        if value is None:
            continue
        column: Any = getattr(Language, name)
        found.append(contains(column, value) if isinstance(value, str) else column == value)
    return found


async def _flush(ctx: Ctx) -> None:
    try:
        await ctx.session.flush()
    except IntegrityError as error:
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
        if name in _UNIQUE:
            raise Invalid(_UNIQUE[name], "has already been taken") from error
        if name.startswith("fk_"):
            raise Invalid("id", "is in use and cannot be deleted") from error
        raise
