"""Joins of two rows: contact and group, user and group, message and tag, and so on.

Five tables have the same shape; what differs is written in `Pair`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from app.core.context import Ctx
from app.core.errors import Invalid
from app.core.repository import as_id
from app.core.table import OrgTable

#: How many pairs one call makes or removes at most.
MAX_PAIRS = 10_000

J = TypeVar("J", bound=OrgTable)


@dataclass(frozen=True, slots=True)
class Pair(Generic[J]):
    """A join table and its two columns."""

    model: type[J]
    left: str
    right: str


async def join(
    ctx: Ctx, pair: Pair[J], left_ids: Sequence[int], right_ids: Sequence[int]
) -> tuple[list[J], list[int]]:
    """Each left is joined with each right. Give all those rows, and the ids of the new ones.

    The caller has seen to it that both are rows of the organization.
    """
    model: Any = pair.model
    couples = [(left, right) for left in left_ids for right in right_ids]
    if not couples:
        return [], []
    if len(couples) > MAX_PAIRS:
        raise Invalid("ids", f"at most {MAX_PAIRS} at a time")
    now = ctx.clock.now()
    rows = [
        {
            "organization_id": ctx.org_id,
            pair.left: left,
            pair.right: right,
            "inserted_at": now,
            "updated_at": now,
        }
        for left, right in couples
    ]
    statement = insert(model).values(rows).on_conflict_do_nothing().returning(model.id)
    new_ids = list(await ctx.session.scalars(statement))
    found = await ctx.session.scalars(
        select(model)
        .where(model.organization_id == ctx.org_id, _both(pair, left_ids, right_ids))
        .order_by(model.id)
    )
    return list(found), new_ids


async def part(
    ctx: Ctx, pair: Pair[J], left_ids: Sequence[int], right_ids: Sequence[int]
) -> list[J]:
    """No left is joined with any right any more. Give the rows that were removed."""
    model: Any = pair.model
    if not left_ids or not right_ids:
        return []
    removed = await ctx.session.scalars(
        delete(model)
        .where(model.organization_id == ctx.org_id, _both(pair, left_ids, right_ids))
        .returning(model)
        .execution_options(synchronize_session=False)
    )
    return list(removed)


async def joined(
    ctx: Ctx, pair: Pair[J], *, left_ids: Sequence[int] = (), right_ids: Sequence[int] = ()
) -> list[J]:
    """The rows that have any of the lefts, or any of the rights, in one query."""
    model: Any = pair.model
    if not left_ids and not right_ids:
        return []
    either = or_(getattr(model, pair.left).in_(left_ids), getattr(model, pair.right).in_(right_ids))
    found = await ctx.session.scalars(
        select(model).where(model.organization_id == ctx.org_id, either).order_by(model.id)
    )
    return list(found)


def ids_of(values: Iterable[int | str | None]) -> list[int]:
    """The ids among `values`, each once, in order; what cannot be an id is left out."""
    found = (as_id(value) for value in values)
    return list(dict.fromkeys(id_ for id_ in found if id_ is not None))


def _both(pair: Pair[J], left_ids: Sequence[int], right_ids: Sequence[int]) -> Any:
    left, right = getattr(pair.model, pair.left), getattr(pair.model, pair.right)
    return and_(left.in_(left_ids), right.in_(right_ids))
