"""What nodes of services choose from: classifiers, sheets, topics of tickets; and sheets themselves."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from app.core.errors import Invalid
from app.domain.classifiers.service import find_classifier
from app.domain.flow_definitions.service import list_labels
from app.domain.sheets import service as files
from app.domain.sheets.service import Sheet
from app.rest.floweditor.config import DEFAULT_TOPIC
from app.rest.floweditor.visit import Visit, answer, listed

#: An organization has one classifier, and staff are the ones who take tickets.
CLASSIFIER = "0b1f6a52-6f0a-4a37-8d5c-3f1f0c1b7a61"
TICKETER = {"uuid": "5d7c2c0f-93c7-4a4b-9f43-7be0a4c9d2aa", "name": "Staff", "type": "internal"}
#: What may be written to before there is any sheet.
FIRST_SHEET = "answers"
MAX_SHEET_BYTES = 5 * 1024 * 1024


async def classifiers(visit: Visit) -> Response:
    """The organization's classifier with the intents that it knows, where there is one."""
    async with visit.unit_of_work() as ctx:
        found = await find_classifier(ctx)
    rows = (
        [{"uuid": CLASSIFIER, "name": found.name, "type": "http", "intents": list(found.intents)}]
        if found
        else []
    )
    return answer({"results": rows, "next": None})


async def ticketers(visit: Visit) -> Response:
    """Older editors want to know who takes a ticket."""
    return answer({"results": [TICKETER], "next": None})


async def topics(visit: Visit) -> Response:
    """The default topic, then the labels."""
    async with visit.unit_of_work() as ctx:
        rows = await list_labels(ctx, None, visit.page)
    found = [{"uuid": row.uuid, "name": row.name} for row in rows]
    first = [DEFAULT_TOPIC] if visit.page.offset == 0 else []
    return listed(visit, [*first, *found], longest=len(found))


async def sheets(visit: Visit) -> Response:
    """The organization's sheets; before there is any, the one that a first row would make."""
    config, org_id = visit.services.config, visit.login.org_id
    found = await asyncio.to_thread(files.list_sheets, config, org_id)
    rows = [
        {"id": one.name, "name": one.name, "url": one.url, "type": "ALL" if found else "WRITE"}
        for one in found or [Sheet(FIRST_SHEET)]
    ]
    return answer({"results": rows, "next": None})


async def sheet(visit: Visit) -> Response:
    """A sheet as CSV."""
    config, org_id, name = visit.services.config, visit.login.org_id, visit.path("name")
    data = await asyncio.to_thread(files.read_sheet, config, org_id, name)
    headers = {"content-disposition": "attachment", "cache-control": "no-store"}
    return Response(data, headers=headers, media_type="text/csv")


async def put_sheet(visit: Visit) -> Response:
    """The sheet holds the CSV of the request and nothing else."""
    length = visit.request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > MAX_SHEET_BYTES:
        raise Invalid("sheet", f"must say its length and have at most {MAX_SHEET_BYTES:,} bytes")
    config, org_id, name = visit.services.config, visit.login.org_id, visit.path("name")
    data = await visit.request.body()
    rows = await asyncio.to_thread(files.put_sheet, config, org_id, name, data)
    return answer({"name": name, "url": Sheet(name).url, "rows": rows})
