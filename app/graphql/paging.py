"""`opts`: how much of a list, in which order."""

from __future__ import annotations

import strawberry

from app.core.page import DEFAULT_LIMIT, MAX_LIMIT, Page
from app.graphql.enums import SortOrder


@strawberry.input(description=f"At most {MAX_LIMIT} rows; {DEFAULT_LIMIT} when nothing is said.")
class Opts:
    limit: int | None = None
    offset: int | None = None
    order: SortOrder | None = None
    order_with: str | None = None


def page_of(opts: Opts | None, *, limit: int = DEFAULT_LIMIT, descending: bool = False) -> Page:
    """The page that `opts` asks for; `limit` and `descending` stand where it is silent."""
    if opts is None:
        return Page(limit=limit, descending=descending)
    return Page(
        limit=limit if opts.limit is None else opts.limit,
        offset=opts.offset or 0,
        descending=descending if opts.order is None else opts.order is SortOrder.DESC,
        order_with=opts.order_with,
    )
