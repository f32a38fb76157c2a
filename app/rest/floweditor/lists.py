"""The lists that the editor chooses from. Each answers `{"results": [...], "next"}`."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from app.core.page import Page
from app.core.repository import as_id
from app.domain.contact_fields.repository import FieldFilter
from app.domain.contact_fields.service import list_fields
from app.domain.flow_definitions import editor
from app.domain.flow_definitions.service import list_labels
from app.domain.groups.data import GroupFilter
from app.domain.groups.service import list_groups
from app.domain.interactives import service as interactives
from app.domain.interactives.data import InteractiveFilter
from app.domain.users.service import list_users
from app.models import InteractiveTemplate
from app.rest.endpoint import moment
from app.rest.floweditor.visit import Visit, answer, listed

#: The one way by which messages come and go.
CHANNEL = {"uuid": "c6f8b1b4-6b0a-4f3a-9b52-0f8f5f0f1a51", "name": "Chat"}


async def nothing(visit: Visit) -> Response:
    """A list of what this product does not have."""
    return answer({"results": [], "next": None})


async def environment(visit: Visit) -> Response:
    """The editor asks and reads nothing of it."""
    return answer({})


async def global_values(visit: Visit) -> Response:
    async with visit.unit_of_work() as ctx:
        values = await editor.organization_values(ctx)
    rows = [{"key": key, "name": key, "value": value} for key, value in values.items()]
    return answer({"results": rows, "next": None})


async def groups(visit: Visit) -> Response:
    async with visit.unit_of_work() as ctx:
        rows = await list_groups(ctx, GroupFilter(), visit.page)
    return listed(visit, [group_json(row.id or 0, row.label) for row in rows])


def group_json(id_: int, label: str) -> dict[str, str]:
    """A group, by its number as Glific's editor has it."""
    return {"uuid": str(id_), "name": label, "type": "group"}


async def fields(visit: Visit) -> Response:
    scope = visit.request.query_params.get("scope")
    async with visit.unit_of_work() as ctx:
        rows = await list_fields(ctx, FieldFilter(scope=scope), visit.page)
    return listed(visit, [field_json(row) for row in rows])


def field_json(row: Any) -> dict[str, str]:
    """A contact field; its key is what expressions name."""
    return {
        "key": row.shortcode,
        "name": row.name,
        "label": row.name,
        "value_type": row.value_type,
        "scope": row.scope,
    }


async def labels(visit: Visit) -> Response:
    async with visit.unit_of_work() as ctx:
        rows = await list_labels(ctx, None, visit.page)
    return listed(visit, [{"uuid": row.uuid, "name": row.name} for row in rows])


async def channels(visit: Visit) -> Response:
    more = {"address": "", "schemes": ["whatsapp"], "roles": ["send", "receive"]}
    return answer({"results": [CHANNEL | more], "next": None})


async def templates(visit: Visit) -> Response:
    async with visit.unit_of_work() as ctx:
        rows = await editor.approved_templates(ctx, visit.page)
        locales = await editor.locales(ctx)
    return listed(visit, [_template(row, locales) for row in rows])


def _template(row: Any, locales: dict[int, str]) -> dict[str, Any]:
    texts = {str(row.language_id): {"body": row.body}} | {
        key: value for key, value in row.translations.items() if isinstance(value, dict)
    }
    return {
        "uuid": row.uuid,
        "name": row.label,
        "type": row.type,
        "created_on": moment(row.inserted_at),
        "modified_on": moment(row.updated_at),
        "translations": [
            {
                "language": locales.get(int(key), key) if key.isdigit() else key,
                "content": text.get("body") or row.body,
                "variable_count": text.get("number_parameters", row.number_parameters),
                "status": "approved",
                "channel": CHANNEL,
            }
            for key, text in texts.items()
        ],
    }


async def interactive_templates(visit: Visit) -> Response:
    async with visit.unit_of_work() as ctx:
        rows = await interactives.list_interactives(ctx, InteractiveFilter(), visit.page)
    return listed(visit, [_interactive(row) for row in rows])


async def interactive_template(visit: Visit) -> Response:
    """One message with its content in each language."""
    # The editor joins the list's address and the number with one slash too many.
    number = as_id(visit.path("id").strip("/"))
    async with visit.unit_of_work() as ctx:
        found = await interactives.interactives_by_id(ctx, [number]) if number else {}
        locales = await editor.locales(ctx)
    if not found:
        return answer({"error": "Interactive message not found"}, 404)
    (row,) = found.values()
    texts = {
        locales.get(int(key), key) if key.isdigit() else key: content
        for key, content in row.translations.items()
    }
    own = {locales.get(row.language_id, "en"): row.interactive_content}
    return answer(_interactive(row) | {"translations": own | texts})


def _interactive(row: InteractiveTemplate) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.label,
        "type": row.type,
        "interactive_content": row.interactive_content,
        "created_on": moment(row.inserted_at),
        "modified_on": moment(row.updated_at),
    }


async def languages(visit: Visit) -> Response:
    async with visit.unit_of_work() as ctx:
        rows = await editor.tongues(ctx)
    found = [{"iso": row.locale, "name": row.label, "default": row.is_default} for row in rows]
    return answer({"results": found, "next": None})


async def recipients(visit: Visit) -> Response:
    """The staff, then the groups: to whom a flow may write besides its contact."""
    async with visit.unit_of_work() as ctx:
        people = await editor.staff_contacts(ctx, visit.page)
        circles = await list_groups(ctx, GroupFilter(), visit.page)
    rows = [
        {"id": str(row.id), "name": row.name or row.phone, "type": "contact", "extra": row.id}
        for row in people
    ] + [
        {"id": str(row.id), "name": row.label, "type": "group", "extra": row.id} for row in circles
    ]
    return listed(visit, rows, longest=max(len(people), len(circles)))


async def users(visit: Visit) -> Response:
    async with visit.unit_of_work() as ctx:
        rows = await list_users(ctx, {}, Page(visit.page.limit, visit.page.offset))
    return listed(
        visit,
        [
            {
                "uuid": str(row.id),
                "name": row.name,
                "email": row.email or row.phone,
                # The form shows these two, and the address where they are missing.
                "first_name": row.name,
                "last_name": "",
                "type": "user",
            }
            for row in rows
        ],
    )


async def flows(visit: Visit) -> Response:
    async with visit.unit_of_work() as ctx:
        rows = await editor.published_flows(ctx, visit.page)
    return listed(
        visit,
        [
            {
                "uuid": row.uuid,
                "name": row.name,
                "type": "background" if row.is_background else "message",
                "archived": False,
                "labels": [],
                "expires": 10080,
                "parent_refs": [],
            }
            for row in rows
        ],
    )
