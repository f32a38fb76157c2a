"""read_sheet and write_sheet: a sheet of the organization, or one at an address.

| address | read | write |
|---|---|---|
| `sheet:prices` | the CSV file of that name (app/domain/sheets) | a row at its end |
| a page of Google Sheets | the CSV that it is published as | refused: nobody here may write there |
| any other http(s) address | the CSV that it answers with | the row is posted to it as signed JSON |
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
from urllib.parse import urljoin, urlsplit

from app.core.errors import AppError
from app.core.http import Answer, OutgoingError
from app.core.services import Services
from app.domain.sheets.service import SCHEME, append_row, find_row, row_with_key
from app.runner.effects.base import TIMEOUT_S, Outcome, Task
from app.runner.effects.webhook import UNSIGNED, signed_headers

#: Sheets that are published move the reader to another host once or twice.
MAX_REDIRECTS = 3
_MOVED = frozenset({301, 302, 303, 307, 308})
_SEEN = frozenset({302, 303})
_GOOGLE = "docs.google.com"
NOT_WRITABLE = (
    "Google's sheets can be read but not written here: name a sheet of the organization "
    "(sheet:NAME) or the address of a script that takes rows"
)


async def read(services: Services, task: Task) -> Outcome:
    """The row whose first column is the key, as {column: text}."""
    url, key = str(task.request["url"]).strip(), str(task.request["key"])
    try:
        if url.startswith(SCHEME):
            row = await asyncio.to_thread(find_row, services.config, task.org_id, url, key)
        else:
            answer = await _fetch(services, csv_url(url))
            if not 200 <= answer.status <= 299:
                return Outcome(error=f"the sheet's server answered {answer.status}")
            row = row_with_key(io.StringIO(answer.text.removeprefix("\ufeff")), key)
    except OutgoingError as fault:
        return Outcome(error=str(fault))
    except csv.Error as fault:
        return Outcome(error=f"the sheet is no CSV: {fault}")
    except AppError as fault:
        return Outcome(error=fault.message)
    return Outcome.of(row) if row is not None else Outcome(error="the sheet has no such row")


async def write(services: Services, task: Task) -> Outcome:
    """The row is in the sheet, or with the server that keeps it."""
    url = str(task.request["url"]).strip()
    row = [str(cell) for cell in task.request["row"]]
    if urlsplit(url).hostname == _GOOGLE:
        return Outcome(error=NOT_WRITABLE)
    if not url.startswith(SCHEME):
        return await _post(services, task, url, row)
    try:
        await asyncio.to_thread(append_row, services.config, task.org_id, url, row)
    except AppError as fault:
        return Outcome(error=f"{fault.key} {fault.message}")
    except OSError as fault:
        return Outcome(error=f"the sheet cannot be written: {fault.strerror}")
    return Outcome()


async def _post(services: Services, task: Task, url: str, row: list[str]) -> Outcome:
    if not task.phrase:
        return Outcome(error=UNSIGNED)
    names = ("sheet_id", "name", "range")
    body = json.dumps({name: task.request[name] for name in names} | {"row": row})
    try:
        answer = await services.http.request(
            "POST",
            url,
            headers=signed_headers(task, body),
            body=body.encode(),
            timeout_s=TIMEOUT_S,
        )
    except OutgoingError as fault:
        return Outcome(error=str(fault))
    # A script of Google's says "see other" once it has run.
    if 200 <= answer.status <= 299 or answer.status in _SEEN:
        return Outcome(answer.status, elapsed_ms=answer.elapsed_ms)
    return Outcome(answer.status, error=f"the sheet's server answered {answer.status}")


def csv_url(url: str) -> str:
    """The address under which a sheet is CSV: Google's pages have one of their own."""
    parts = urlsplit(url)
    if parts.hostname != _GOOGLE or "/spreadsheets/d/" not in parts.path:
        return url
    if "/pub" in parts.path:
        return f"https://docs.google.com{parts.path.replace('/pubhtml', '/pub')}?output=csv"
    sheet = parts.path.split("/spreadsheets/d/")[1].split("/")[0]
    return f"https://docs.google.com/spreadsheets/d/{sheet}/export?format=csv"


async def _fetch(services: Services, url: str) -> Answer:
    for _ in range(MAX_REDIRECTS):
        answer = await services.http.request("GET", url, timeout_s=TIMEOUT_S)
        place = next((v for k, v in answer.headers.items() if k.lower() == "location"), None)
        if answer.status not in _MOVED or place is None:
            return answer
        url = urljoin(url, place)
    raise OutgoingError("too_many_redirects", "the sheet's server leads nowhere")
