"""Conversations, hits, counts, and the searches that are kept."""

from __future__ import annotations

import strawberry

from app.domain.searches import service
from app.graphql.context import Info
from app.graphql.live import check_organization
from app.graphql.messages.types import Message
from app.graphql.paging import Opts, page_of
from app.graphql.payload import result
from app.graphql.permissions import Staff
from app.graphql.scalars import Json
from app.graphql.searches.inputs import (
    SavedSearchFilter,
    SaveSearchInput,
    SearchFilter,
    stored_opts,
    window_of,
)
from app.graphql.searches.types import (
    ContactHit,
    Conversation,
    SavedSearch,
    SavedSearchResult,
    SearchMulti,
)


@strawberry.type
class SearchQueries:
    @strawberry.field(
        permission_classes=[Staff],
        description="The last spoken with first: at most 100, with at most 2,500 messages in all and 250 each.",
    )
    async def search(
        self,
        info: Info,
        filter: SearchFilter | None = None,
        contact_opts: Opts | None = None,
        message_opts: Opts | None = None,
        save_search: bool | None = None,
        save_search_input: SaveSearchInput | None = None,
    ) -> list[Conversation]:
        asked = filter or SearchFilter()
        async with info.context.unit_of_work() as ctx:
            if save_search_input is not None:
                args = {
                    "filter": asked.stored(),
                    "contactOpts": stored_opts(contact_opts),
                    "messageOpts": stored_opts(message_opts),
                }
                await service.create_saved_search(ctx, {**vars(save_search_input), "args": args})
            page = page_of(contact_opts, limit=25)
            found = await service.search(ctx, asked.wanted(), page, window_of(message_opts))
            return [Conversation.of(one) for one in found]

    @strawberry.field(permission_classes=[Staff], description="At most 100 of each kind.")
    async def search_multi(
        self,
        info: Info,
        filter: SearchFilter | None = None,
        contact_opts: Opts | None = None,
        message_opts: Opts | None = None,
        search_filter: SearchFilter | None = None,
    ) -> SearchMulti:
        asked = filter or search_filter or SearchFilter()
        pages = page_of(contact_opts, limit=25), page_of(message_opts, limit=25)
        async with info.context.unit_of_work() as ctx:
            found = await service.search_multi(ctx, asked.wanted(), *pages)
        return SearchMulti(
            contacts=[ContactHit.of(row, newest) for row, newest in found.contacts],
            messages=[Message.of(row) for row in found.messages],
            labels=[Message.of(row) for row in found.labels],
            tags=[Message.of(row) for row in found.tags],
        )

    @strawberry.field(permission_classes=[Staff], description="How many contacts it finds.")
    async def saved_search_count(
        self, info: Info, id: strawberry.ID, term: str | None = None
    ) -> int:
        async with info.context.unit_of_work() as ctx:
            saved = await service.get_saved_search(ctx, id)
            return (await service.count_found(ctx, [saved], term))[0]

    @strawberry.field(permission_classes=[Staff], description="At most 100, by label.")
    async def saved_searches(
        self, info: Info, filter: SavedSearchFilter | None = None, opts: Opts | None = None
    ) -> list[SavedSearch]:
        async with info.context.unit_of_work() as ctx:
            wanted = vars(filter) if filter else {}
            rows = await service.list_saved_searches(ctx, wanted, page_of(opts))
            return [SavedSearch.of(row) for row in rows]

    @strawberry.field(permission_classes=[Staff])
    async def count_saved_searches(
        self, info: Info, filter: SavedSearchFilter | None = None
    ) -> int:
        async with info.context.unit_of_work() as ctx:
            return await service.count_saved_searches(ctx, vars(filter) if filter else {})

    @strawberry.field(permission_classes=[Staff])
    @result
    async def saved_search(self, info: Info, id: strawberry.ID) -> SavedSearchResult:
        async with info.context.unit_of_work() as ctx:
            row = await service.get_saved_search(ctx, id)
            return SavedSearchResult(saved_search=SavedSearch.of(row))

    @strawberry.field(permission_classes=[Staff], description="How many are in which state.")
    async def collection_stats(
        self,
        info: Info,
        organization_id: strawberry.ID | None = None,
        id: strawberry.ID | None = None,
    ) -> Json:
        check_organization(info, organization_id or id)
        async with info.context.unit_of_work() as ctx:
            return Json(await service.collection_stats(ctx))
