"""The verbs of tags."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from app.core.context import Ctx
from app.core.errors import Invalid, Refused
from app.core.page import Page
from app.core.repository import as_id
from app.domain.contacts.patch import given
from app.domain.tags.data import TagFilter, TagPatch
from app.domain.tags.repository import TagRepository, tag_clauses
from app.models import Language, Organization, Tag

MAX_KEYWORDS = 100
MAX_LABEL_CHARS = 255
#: How far up a chain of parents is followed.
MAX_DEPTH = 20

#: Columns that keep their value when null is given.
_NEVER_NULL = ("color_code", "is_active", "is_reserved", "is_value", "shortcode", "language_id")


async def get_tag(ctx: Ctx, tag_id: int | str) -> Tag:
    """The tag. Raises NotFound."""
    return await TagRepository(ctx).get(tag_id)


async def list_tags(ctx: Ctx, wanted: TagFilter, page: Page) -> Sequence[Tag]:
    """One page of the tags that satisfy `wanted`."""
    return await TagRepository(ctx).list(tag_clauses(wanted), page)


async def count_tags(ctx: Ctx, wanted: TagFilter) -> int:
    """How many tags satisfy `wanted`."""
    return await TagRepository(ctx).count(tag_clauses(wanted))


async def create_tag(ctx: Ctx, patch: TagPatch) -> Tag:
    """Add a tag. Without a shortcode it gets one from the label, without a language the default.

    Raises Invalid: `label` blank; `shortcode` taken in that language; `languageId`, `parentId`
    unknown.
    """
    values = await _checked(ctx, given(patch))
    if not values.get("label"):
        raise Invalid("label", "can't be blank")
    values.setdefault("shortcode", _shortcode(values["label"]))
    if "language_id" not in values:
        organization = await ctx.session.get(Organization, ctx.org_id)
        assert organization is not None, "a unit of work is of an organization that exists"
        values["language_id"] = organization.default_language_id
    return await TagRepository(ctx).add(Tag(**values))


async def update_tag(ctx: Ctx, tag_id: int | str, patch: TagPatch) -> Tag:
    """Change the given fields and leave the rest. Raises NotFound; Invalid."""
    tags = TagRepository(ctx)
    tag = await tags.get(tag_id)
    values = await _checked(ctx, given(patch))
    if values.get("parent_id") is not None:
        await _refuse_circle(tags, tag, values["parent_id"])
    for name, value in values.items():
        setattr(tag, name, value)
    await tags.flush()
    return tag


async def delete_tag(ctx: Ctx, tag_id: int | str) -> Tag:
    """Remove a tag from everywhere. Raises NotFound; Refused for a reserved one."""
    tags = TagRepository(ctx)
    tag = await tags.get(tag_id)
    if tag.is_reserved:
        raise Refused("A reserved tag cannot be deleted.", key=f"Elixir.Glific.Tags.Tag {tag.id}")
    await tags.delete(tag)
    return tag


async def tags_for_text(ctx: Ctx, text: str) -> Sequence[Tag]:
    """The active tags of which `text`, as a whole and whatever its case, is a keyword."""
    keyword = text.strip().lower()
    return await TagRepository(ctx).with_keyword(keyword) if keyword else []


async def _checked(ctx: Ctx, values: dict[str, Any]) -> dict[str, Any]:
    checked = {n: v for n, v in values.items() if v is not None or n not in _NEVER_NULL}
    if "label" in checked:
        checked["label"] = (checked["label"] or "").strip()
        if not checked["label"]:
            raise Invalid("label", "can't be blank")
        if len(checked["label"]) > MAX_LABEL_CHARS:
            raise Invalid("label", f"should be at most {MAX_LABEL_CHARS} characters")
    if "keywords" in checked:
        checked["keywords"] = _keywords(checked["keywords"])
    if "language_id" in checked:
        checked["language_id"] = await _language_id(ctx, checked["language_id"])
    if checked.get("parent_id") is not None:
        parent = await TagRepository(ctx).find(checked["parent_id"])
        if parent is None:
            raise Invalid("parentId", "does not exist")
        checked["parent_id"] = parent.id
    return checked


def _keywords(words: Sequence[str | None] | None) -> list[str]:
    kept = dict.fromkeys(word.strip().lower() for word in words or () if word and word.strip())
    if len(kept) > MAX_KEYWORDS:
        raise Invalid("keywords", f"at most {MAX_KEYWORDS}")
    return list(kept)


def _shortcode(label: str) -> str:
    return re.sub(r"\W+", "-", label.lower()).strip("-_") or label.lower()


async def _language_id(ctx: Ctx, value: int | str) -> int:
    id_ = as_id(value)
    language = await ctx.session.get(Language, id_) if id_ else None
    if language is None or language.id is None:
        raise Invalid("languageId", "does not exist")
    return language.id


async def _refuse_circle(tags: TagRepository, tag: Tag, parent_id: int) -> None:
    """Raise when `tag` would be its own ancestor. Chains are short; MAX_DEPTH bounds the walk."""
    above: int | None = parent_id
    for _ in range(MAX_DEPTH):
        if above is None:
            return
        if above == tag.id:
            break
        parent = await tags.find(above)
        above = parent.parent_id if parent else None
    raise Invalid("parentId", "would make a circle")
