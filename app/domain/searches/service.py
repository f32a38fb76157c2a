"""Finding conversations, and keeping the searches that find them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement

from app.core.context import Ctx
from app.core.errors import Invalid
from app.core.page import Page
from app.core.repository import contains
from app.domain.searches.repository import (
    ConversationRepository,
    SavedSearchRepository,
    body_has,
    label_has,
    tag_has,
)
from app.domain.searches.shapes import (
    Conversation,
    Found,
    SearchFilter,
    Window,
    filter_of,
    with_term,
)
from app.models import Message, SavedSearch

_saved: Any = SavedSearch
_message: Any = Message


async def search(
    ctx: Ctx, wanted: SearchFilter, contacts: Page, window: Window
) -> list[Conversation]:
    """The conversations, the last spoken with first, each with its newest messages.

    A hundred conversations have 25 messages each at most, so that they share MAX_MESSAGES_IN_ALL.
    A saved search stands in for the filter, with the filter's own term if it has one.
    Raises NotFound for an unknown saved search.
    """
    wanted = await resolve(ctx, wanted)
    conversations = ConversationRepository(ctx)
    if wanted.search_group:
        groups = await conversations.find_groups(wanted, contacts)
        ids = [group.id for group in groups if group.id]
        said = await conversations.windows(_message.group_id, ids, window.among(len(ids)), wanted)
        return [Conversation(None, group, said.get(group.id or 0, [])) for group in groups]
    people = await conversations.find_contacts(wanted, contacts)
    ids = [contact.id for contact in people if contact.id]
    said = await conversations.windows(_message.contact_id, ids, window.among(len(ids)), wanted)
    return [Conversation(contact, None, said.get(contact.id or 0, [])) for contact in people]


async def search_multi(ctx: Ctx, wanted: SearchFilter, contacts: Page, messages: Page) -> Found:
    """What the term is found in: names and phones, texts, labels and tags; newest first."""
    wanted = await resolve(ctx, wanted)
    if not wanted.term:
        return Found((), (), (), ())
    conversations = ConversationRepository(ctx)
    people = await conversations.find_named(wanted.term, contacts)
    ids = [contact.id for contact in people if contact.id]
    newest = await conversations.windows(_message.contact_id, ids, Window(1), SearchFilter())
    return Found(
        [(one, next(iter(newest.get(one.id or 0, [])), None)) for one in people],
        await conversations.find_messages(body_has(wanted.term), messages.limit),
        await conversations.find_messages(label_has(wanted.term), messages.limit),
        await conversations.find_messages(tag_has(wanted.term), messages.limit),
    )


async def resolve(ctx: Ctx, wanted: SearchFilter) -> SearchFilter:
    """`wanted`, or the saved search that it names. Raises NotFound."""
    if wanted.saved_search_id is None:
        return wanted
    saved = await SavedSearchRepository(ctx).get(wanted.saved_search_id)
    return with_term(filter_of(saved.args), wanted.term)


async def collection_stats(ctx: Ctx) -> dict[str, dict[str, int]]:
    """How many conversations are in each state, under the organization's id."""
    return {str(ctx.org_id): await ConversationRepository(ctx).count_statuses()}


async def get_saved_search(ctx: Ctx, id_: int | str) -> SavedSearch:
    """The saved search. Raises NotFound."""
    return await SavedSearchRepository(ctx).get(id_)


async def saved_searches_by_id(ctx: Ctx, ids: Sequence[int]) -> dict[int, SavedSearch]:
    """Saved searches by id."""
    return await SavedSearchRepository(ctx).by_ids(ids)


async def list_saved_searches(
    ctx: Ctx, wanted: Mapping[str, Any], page: Page
) -> Sequence[SavedSearch]:
    """One page of the saved searches; texts match a part."""
    return await SavedSearchRepository(ctx).list(_clauses(wanted), page)


async def count_saved_searches(ctx: Ctx, wanted: Mapping[str, Any]) -> int:
    """How many saved searches match."""
    return await SavedSearchRepository(ctx).count(_clauses(wanted))


async def count_found(
    ctx: Ctx, searches: Sequence[SavedSearch], term: str | None = None
) -> list[int]:
    """How many contacts each saved search finds, in one query."""
    filters = [with_term(filter_of(saved.args), term) for saved in searches]
    return await ConversationRepository(ctx).count(filters)


async def create_saved_search(ctx: Ctx, values: Mapping[str, Any]) -> SavedSearch:
    """A new saved search. Raises Invalid for a blank or taken label or shortcode."""
    row = SavedSearch(label="", shortcode="")
    _apply(row, {"label": "", "shortcode": "", **values})
    return await SavedSearchRepository(ctx).add(row)


async def update_saved_search(ctx: Ctx, id_: int | str, values: Mapping[str, Any]) -> SavedSearch:
    """The saved search with the given columns changed. Raises NotFound, Invalid."""
    searches = SavedSearchRepository(ctx)
    row = await searches.get(id_)
    _apply(row, values)
    row.updated_at = ctx.clock.now()
    await searches.flush()
    return row


async def delete_saved_search(ctx: Ctx, id_: int | str) -> SavedSearch:
    """The saved search is gone. Raises NotFound; Invalid for one that every organization has."""
    searches = SavedSearchRepository(ctx)
    row = await searches.get(id_)
    if row.is_reserved:
        raise Invalid("isReserved", "reserved searches cannot be deleted")
    await searches.delete(row)
    return row


def _apply(row: SavedSearch, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name in ("label", "shortcode") and not str(value or "").strip():
            raise Invalid(name, "can't be blank")
        if name == "args" and not isinstance(value, Mapping):
            raise Invalid("args", "must be a JSON object")
        setattr(row, name, value)


def _clauses(wanted: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.get("label"):
        found.append(contains(_saved.label, wanted["label"]))
    if wanted.get("shortcode"):
        found.append(_saved.shortcode == wanted["shortcode"])
    if wanted.get("is_reserved") is not None:
        found.append(_saved.is_reserved.is_(wanted["is_reserved"]))
    return found
