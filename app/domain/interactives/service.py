"""Messages with buttons or a list: what staff write once and flows send often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.context import Ctx
from app.core.errors import Invalid
from app.core.page import Page
from app.core.repository import Repository
from app.models import InteractiveTemplate

#: What Glific's frontend can draw.
TYPES = ("quick_reply", "list", "location_request_message")

_ROW: Any = InteractiveTemplate


@dataclass(frozen=True, slots=True)
class NewInteractive:
    """`translations` are contents by the id of a language."""

    label: str
    content: Mapping[str, Any]
    language_id: int
    translations: Mapping[str, Any]
    send_with_title: bool = True


class InteractiveRepository(Repository[InteractiveTemplate]):
    """The organization's messages with choices."""

    model = InteractiveTemplate
    resource = "Templates.InteractiveTemplate"
    default_order = "label"
    orderable = frozenset({"id", "label", "type", "inserted_at", "updated_at"})
    unique = {
        "uq_interactive_templates_label": "label",
        "uq_interactive_templates_language": "label",
    }


async def list_interactives(ctx: Ctx, page: Page) -> Sequence[InteractiveTemplate]:
    """One page of the messages, by label."""
    return await InteractiveRepository(ctx).list([], page)


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
    if not labels:
        return {}
    rows = await ctx.session.scalars(
        select(InteractiveTemplate).where(
            _ROW.organization_id == ctx.org_id, _ROW.label.in_(labels)
        )
    )
    return {(row.label, row.type): row for row in rows}


async def add_interactive(ctx: Ctx, new: NewInteractive) -> InteractiveTemplate:
    """A new message. Raises Invalid for a blank or taken label and for an unknown type."""
    kind = new.content.get("type")
    if kind not in TYPES:
        raise Invalid("type", f"must be one of {', '.join(TYPES)}")
    if not new.label.strip():
        raise Invalid("label", "can't be blank")
    return await InteractiveRepository(ctx).add(
        InteractiveTemplate(
            label=new.label.strip(),
            type=str(kind),
            interactive_content=dict(new.content),
            translations=dict(new.translations),
            language_id=new.language_id,
            send_with_title=new.send_with_title,
        )
    )
