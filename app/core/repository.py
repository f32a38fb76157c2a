"""Rows of one organization. The filter stands here, once, so that no verb can forget it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from psycopg.errors import ForeignKeyViolation, RestrictViolation
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.exc import IntegrityError

from app.core.context import Ctx
from app.core.errors import Invalid, NotFound, Refused
from app.core.page import Page
from app.core.table import OrgTable

#: PostgreSQL's bigint; an id beyond it cannot exist.
_MAX_ID = 2**63 - 1


M = TypeVar("M", bound=OrgTable)


class Repository(Generic[M]):
    """Finds, lists and adds rows of `model` within the organization of `ctx`."""

    model: type[M]
    #: The public name of the resource in error keys, for example `Tags.Tag`.
    resource: ClassVar[str]
    #: The column that lists are ordered by when the caller names none.
    default_order: ClassVar[str] = "id"
    #: Columns a caller may order by.
    orderable: ClassVar[frozenset[str]] = frozenset({"id", "inserted_at", "updated_at"})
    #: Name of a unique constraint -> the field to blame.
    unique: ClassVar[dict[str, str]] = {}

    def __init__(self, ctx: Ctx) -> None:
        self.ctx = ctx

    def query(self) -> Select[M]:
        """Select the organization's rows."""
        model: Any = self.model
        return select(model).where(model.organization_id == self.ctx.org_id)

    async def find(self, id_: int | str | None) -> M | None:
        """The row, or None when there is none in this organization."""
        number = as_id(id_)
        if number is None:
            return None
        model: Any = self.model
        return (
            await self.ctx.session.scalars(self.query().where(model.id == number))
        ).one_or_none()

    async def get(self, id_: int | str | None) -> M:
        """The row. Raises NotFound with the documented key."""
        row = await self.find(id_)
        if row is None:
            raise NotFound.of(self.resource, id_)
        return row

    async def get_for_update(self, id_: int | str | None) -> M:
        """The row, locked until the unit of work ends. Raises NotFound."""
        model: Any = self.model
        statement = self.query().where(model.id == as_id(id_)).with_for_update(key_share=True)
        found = await self.ctx.session.scalars(statement.execution_options(populate_existing=True))
        row = found.one_or_none()
        if row is None:
            raise NotFound.of(self.resource, id_)
        return row

    async def by_ids(self, ids: Sequence[int]) -> dict[int, M]:
        """Rows by id, in one query. Ids that are not the organization's are left out."""
        if not ids:
            return {}
        model: Any = self.model
        rows = await self.ctx.session.scalars(self.query().where(model.id.in_(ids)))
        return {row.id: row for row in rows}

    async def list(self, clauses: Sequence[ColumnElement[bool]], page: Page) -> Sequence[M]:
        """One page of the rows that satisfy all of `clauses`."""
        statement = self.query().where(*clauses).order_by(*self.order(page))
        rows = await self.ctx.session.scalars(statement.limit(page.limit).offset(page.offset))
        return rows.all()

    async def count(self, clauses: Sequence[ColumnElement[bool]]) -> int:
        """How many rows satisfy all of `clauses`."""
        model: Any = self.model
        inner = self.query().where(*clauses).with_only_columns(model.id).subquery()
        return await self.ctx.session.scalar(select(func.count()).select_from(inner)) or 0

    def order(self, page: Page) -> tuple[ColumnElement[Any], ...]:
        """The order of a list; the id settles ties so that pages never overlap."""
        name = snake(page.order_with or self.default_order)
        if name not in self.orderable and name != self.default_order:
            raise Invalid("orderWith", f"cannot order by {name}")
        column = getattr(self.model, name)
        id_: Any = self.model.id
        if page.descending:
            return (column.desc(), id_.desc())
        return (column.asc(), id_.asc())

    async def add(self, row: M) -> M:
        """Insert `row` into this organization and give it its id.

        Raises Invalid(field, "has already been taken") for a known unique constraint.
        """
        row.organization_id = self.ctx.org_id
        self.ctx.session.add(row)
        await self.flush()
        return row

    async def flush(self) -> None:
        """Write pending changes now.

        Raises Invalid for what has been taken already and for a reference to what does not exist.
        """
        try:
            await self.ctx.session.flush()
        except IntegrityError as error:
            raise self._explain(error) from error

    def _explain(self, error: IntegrityError) -> Exception:
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if name in self.unique:
            return Invalid(self.unique[name], "has already been taken")
        if isinstance(error.orig, ForeignKeyViolation):
            column = str(name).removeprefix(f"fk_{error.orig.diag.table_name}_")
            return Invalid(column, "does not exist")
        return error

    async def delete(self, row: M) -> None:
        """Remove `row` and what the schema says goes with it.

        Raises Refused while something stands on it that does not go with it.
        """
        key = NotFound.of(self.resource, row.id).key
        await self.ctx.session.delete(row)
        try:
            await self.ctx.session.flush()
        except IntegrityError as error:
            if not isinstance(error.orig, RestrictViolation | ForeignKeyViolation):
                raise
            where = str(error.orig.diag.table_name).replace("_", " ")
            raise Refused(f"is still in use by {where}", key=key) from error


def as_id(value: int | str | None) -> int | None:
    """The id that `value` names, or None when it cannot be one."""
    try:
        number = int(value) if value is not None else None
    except ValueError:
        return None
    return number if number is not None and 0 < number <= _MAX_ID else None


def snake(name: str) -> str:
    """`lastMessageAt` as `last_message_at`."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """`column` holds `text` somewhere, whatever the case; `%` and `_` in `text` are plain."""
    return column.ilike(f"%{escape_like(text)}%", escape="\\")  # type: ignore[no-any-return]  # columns are untyped here


def escape_like(text: str) -> str:
    """`text` with the wildcards of LIKE made plain."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
