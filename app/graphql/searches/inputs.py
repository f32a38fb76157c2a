"""What searches are asked for and kept with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import strawberry

from app.core.errors import Invalid
from app.core.repository import as_id
from app.domain.searches.shapes import SearchFilter as Wanted
from app.domain.searches.shapes import Window
from app.graphql.paging import Opts
from app.graphql.scalars import Gid, Json


@strawberry.input(description="Days in UTC; `to` is included.")
class DateRange:
    from_: date | None = strawberry.field(name="from", default=None)
    to: date | None = None


@strawberry.input(description="Which conversations. What is absent asks for nothing.")
class SearchFilter:
    id: strawberry.ID | None = None
    ids: list[Gid] | None = None
    term: str | None = None
    status: str | None = strawberry.field(
        default=None, description="Unread, Not replied, Not Responded, Optin or Optout."
    )
    include_tags: list[Gid] | None = None
    include_labels: list[Gid] | None = None
    include_groups: list[Gid] | None = None
    include_users: list[Gid] | None = None
    date_range: DateRange | None = None
    search_group: bool | None = None
    group_label: str | None = None
    saved_search_id: strawberry.ID | None = None
    save_search_id: strawberry.ID | None = None

    def wanted(self) -> Wanted:
        """The same as the domain has it. An id that cannot be one finds nobody."""
        ids: tuple[int, ...] = tuple(self.ids or ())
        if self.id is not None:
            ids = (as_id(self.id) or 0,)
        saved = self.saved_search_id or self.save_search_id
        wanted = Wanted(
            ids=ids,
            term=(self.term or "").strip(),
            status=self.status or "",
            include_tags=tuple(self.include_tags or ()),
            include_labels=tuple(self.include_labels or ()),
            include_groups=tuple(self.include_groups or ()),
            include_users=tuple(self.include_users or ()),
            search_group=bool(self.search_group),
            group_label=self.group_label or "",
            saved_search_id=None if saved is None else as_id(saved) or 0,
        )
        if self.date_range is None:
            return wanted
        return replace(wanted, date_from=self.date_range.from_, date_to=self.date_range.to)

    def stored(self) -> dict[str, Any]:
        """As `args.filter` of a saved search has it: GraphQL's names, ids as text."""
        found: dict[str, Any] = {
            "ids": _texts(self.ids),
            "term": self.term,
            "status": self.status,
            "includeTags": _texts(self.include_tags),
            "includeLabels": _texts(self.include_labels),
            "includeGroups": _texts(self.include_groups),
            "includeUsers": _texts(self.include_users),
            "searchGroup": self.search_group,
            "groupLabel": self.group_label,
        }
        if self.date_range is not None:
            range_ = {"from": self.date_range.from_, "to": self.date_range.to}
            found["dateRange"] = {k: v.isoformat() for k, v in range_.items() if v}
        return {name: value for name, value in found.items() if value}


@strawberry.input(description="Keeps the search under that name.")
class SaveSearchInput:
    label: str | None = None
    shortcode: str | None = None


@strawberry.input
class SavedSearchFilter:
    label: str | None = None
    shortcode: str | None = None
    is_reserved: bool | None = None


@strawberry.input(description="`args` holds filter, contactOpts and messageOpts of a search.")
class SavedSearchInput:
    label: str | None = strawberry.UNSET
    shortcode: str | None = strawberry.UNSET
    args: Json | None = strawberry.UNSET

    def changes(self) -> dict[str, Any]:
        """The members that the caller gave. Raises Invalid for text that is no JSON object."""
        found = {name: v for name, v in vars(self).items() if v is not strawberry.UNSET}
        if "args" in found and not isinstance(found["args"], dict):
            raise Invalid("args", "must be a JSON object")
        return found


def window_of(opts: Opts | None) -> Window:
    """The messages of each conversation that `opts` asks for; 25 when it is silent."""
    if opts is None:
        return Window()
    return Window(25 if opts.limit is None else opts.limit, opts.offset or 0)


def stored_opts(opts: Opts | None) -> dict[str, int]:
    """As `args` of a saved search has them."""
    found = {"limit": opts.limit, "offset": opts.offset} if opts else {}
    return {name: value for name, value in found.items() if value is not None}


def _texts(ids: list[Gid] | None) -> list[str]:
    return [str(id_) for id_ in ids or ()]
