"""Messages with buttons or a list: what staff write once and flows send often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.core.context import Ctx
from app.core.errors import Invalid
from app.core.page import Page
from app.core.repository import as_id
from app.domain.contacts.patch import given
from app.domain.interactives import sheet
from app.domain.interactives.content import checked_content, checked_translations
from app.domain.interactives.data import (
    TYPES,
    InteractiveFilter,
    InteractivePatch,
    NewInteractive,
)
from app.domain.interactives.repository import InteractiveRepository, interactive_clauses
from app.domain.tags.repository import TagRepository
from app.models import InteractiveTemplate, Language, Organization

MAX_LABEL_CHARS = 255

#: Columns that keep their value when null is given.
_NEVER_NULL = ("type", "interactive_content", "translations", "language_id", "send_with_title")


async def list_interactives(
    ctx: Ctx, wanted: InteractiveFilter, page: Page
) -> Sequence[InteractiveTemplate]:
    """One page of the messages that satisfy `wanted`, by label."""
    return await InteractiveRepository(ctx).list(interactive_clauses(wanted), page)


async def count_interactives(ctx: Ctx, wanted: InteractiveFilter) -> int:
    """How many messages satisfy `wanted`."""
    return await InteractiveRepository(ctx).count(interactive_clauses(wanted))


async def get_interactive(ctx: Ctx, interactive_id: int | str) -> InteractiveTemplate:
    """The message. Raises NotFound."""
    return await InteractiveRepository(ctx).get(interactive_id)


async def interactives_by_id(ctx: Ctx, ids: Sequence[int]) -> dict[int, InteractiveTemplate]:
    """Those of `ids` that are the organization's, in one query."""
    return await InteractiveRepository(ctx).by_ids(ids)


async def interactives_by_label(
    ctx: Ctx, labels: Sequence[str]
) -> dict[tuple[str, str], InteractiveTemplate]:
    """Messages by label and type, in one query."""
    return await InteractiveRepository(ctx).by_labels(labels)


async def add_interactive(ctx: Ctx, new: NewInteractive) -> InteractiveTemplate:
    """A new message of a file, which may come from where more is allowed than here.

    Raises Invalid for a blank or taken label and for an unknown type.
    """
    kind = new.content.get("type")
    if kind not in TYPES:
        raise Invalid("type", f"must be one of {', '.join(TYPES)}")
    return await InteractiveRepository(ctx).add(
        InteractiveTemplate(
            label=_label(new.label),
            type=str(kind),
            interactive_content=dict(new.content),
            translations=dict(new.translations),
            language_id=new.language_id,
            send_with_title=new.send_with_title,
        )
    )


async def create_interactive(ctx: Ctx, patch: InteractivePatch) -> InteractiveTemplate:
    """Add a message. Its type is its content's; without a language it gets the default one.

    Raises Invalid: `label` blank, or taken for that type or that language; `type`,
    `interactiveContent`, `translations`; `languageId`, `tagId` unknown.
    """
    values = given(patch)
    values.setdefault("label", None)
    if values.get("interactive_content") is None:
        raise Invalid("interactiveContent", "can't be blank")
    if values.get("language_id") is None:
        organization = await ctx.session.get(Organization, ctx.org_id)
        assert organization is not None, "a unit of work is of an organization that exists"
        values["language_id"] = organization.default_language_id
    return await InteractiveRepository(ctx).add(
        InteractiveTemplate(**await _checked(ctx, values, None))
    )


async def update_interactive(
    ctx: Ctx, interactive_id: int | str, patch: InteractivePatch
) -> InteractiveTemplate:
    """Change the given fields and leave the rest. Raises NotFound; Invalid."""
    messages = InteractiveRepository(ctx)
    row = await messages.get_for_update(interactive_id)
    for name, value in (await _checked(ctx, given(patch), row)).items():
        setattr(row, name, value)
    await messages.flush()
    return row


async def copy_interactive(
    ctx: Ctx, interactive_id: int | str, patch: InteractivePatch
) -> InteractiveTemplate:
    """A new message like the given one, but for what `patch` says. Raises NotFound; Invalid.

    Without another label it is "Copy of" the first.
    """
    row = await InteractiveRepository(ctx).get(interactive_id)
    like: dict[str, Any] = {
        "label": f"Copy of {row.label}"[:MAX_LABEL_CHARS],
        "interactive_content": row.interactive_content,
        "translations": row.translations,
        "language_id": row.language_id,
        "tag_id": row.tag_id,
        "send_with_title": row.send_with_title,
    }
    changed = {k: v for k, v in given(patch).items() if v is not None}
    return await create_interactive(ctx, InteractivePatch(**(like | changed)))


async def delete_interactive(ctx: Ctx, interactive_id: int | str) -> InteractiveTemplate:
    """Remove a message. Flows that still send it go on and say that it is missing.

    Raises NotFound.
    """
    messages = InteractiveRepository(ctx)
    row = await messages.get(interactive_id)
    await messages.delete(row)
    return row


async def export_texts(ctx: Ctx, interactive_id: int | str, *, add_languages: bool = False) -> str:
    """The message's texts as a sheet (`sheet.py`): a column for each language that it has.

    With `add_languages` the organization's other languages have a column too, for somebody to
    fill. Raises NotFound.
    """
    messages = InteractiveRepository(ctx)
    row = await messages.get(interactive_id)
    locales = {id_: language.locale for id_, language in (await messages.languages()).items()}
    columns: dict[str, Mapping[str, Any]] = {locales[row.language_id]: row.interactive_content}
    for key, content in row.translations.items():
        locale = locales.get(as_id(key) or 0)
        if locale is not None:
            columns.setdefault(locale, content)
    if add_languages:
        organization = await ctx.session.get(Organization, ctx.org_id)
        assert organization is not None, "a unit of work is of an organization that exists"
        for id_ in organization.active_language_ids:
            columns.setdefault(locales[id_], {})
    return sheet.written(columns)


async def import_texts(ctx: Ctx, interactive_id: int | str, text: str) -> InteractiveTemplate:
    """The message with the texts of a sheet as `export_texts` gives it. Raises NotFound; Invalid.

    A language whose column is empty stays as it is.
    """
    messages = InteractiveRepository(ctx)
    row = await messages.get_for_update(interactive_id)
    ids = {language.locale: id_ for id_, language in (await messages.languages()).items()}
    content, translations = dict(row.interactive_content), dict(row.translations)
    for locale, texts in sheet.read(text).items():
        id_ = ids.get(locale)
        if id_ is None:
            raise Invalid("translation", f"There is no language {locale}")
        said = sheet.with_texts(row.interactive_content, texts)
        if id_ == row.language_id:
            content = said
        else:
            translations[str(id_)] = said
    if str(row.language_id) in translations:
        # The frontend keeps the first language among the translations as well.
        translations[str(row.language_id)] = content
    patch = InteractivePatch(interactive_content=content, translations=translations)
    return await update_interactive(ctx, interactive_id, patch)


async def _checked(
    ctx: Ctx, values: Mapping[str, Any], row: InteractiveTemplate | None
) -> dict[str, Any]:
    """`values` as columns, for a new message or for `row`."""
    checked = {n: v for n, v in values.items() if v is not None or n not in _NEVER_NULL}
    if "label" in checked:
        checked["label"] = _label(checked["label"])
    if "language_id" in checked:
        checked["language_id"] = await _language_id(ctx, checked["language_id"])
    if checked.get("tag_id") is not None:
        tag = await TagRepository(ctx).find(checked["tag_id"])
        if tag is None:
            raise Invalid("tagId", "does not exist")
        checked["tag_id"] = tag.id
    return checked | _contents(checked, row)


def _contents(checked: Mapping[str, Any], row: InteractiveTemplate | None) -> dict[str, Any]:
    """Content, translations and type, which have to agree."""
    if row is not None and not checked.keys() & {"interactive_content", "translations", "type"}:
        return {}
    content = checked.get("interactive_content", row.interactive_content if row else None)
    made = {"interactive_content": checked_content("interactiveContent", content)}
    kind = made["interactive_content"]["type"]
    if checked.get("type", kind) != kind:
        raise Invalid("type", "is not the type of the content")
    translations = checked.get("translations", row.translations if row else {})
    return made | {"type": kind, "translations": checked_translations(kind, translations)}


def _label(value: object) -> str:
    label = str(value or "").strip()
    if not label:
        raise Invalid("label", "can't be blank")
    if len(label) > MAX_LABEL_CHARS:
        raise Invalid("label", f"should be at most {MAX_LABEL_CHARS} characters")
    return label


async def _language_id(ctx: Ctx, value: int | str) -> int:
    id_ = as_id(value)
    language = await ctx.session.get(Language, id_) if id_ else None
    if language is None or language.id is None:
        raise Invalid("languageId", "does not exist")
    return language.id
