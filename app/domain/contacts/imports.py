"""Imports of contacts: small ones at once, large ones as a job that staff can wait for.

Rows are the truth: a job that was lost or died goes on where `tasks_done` says, and a chunk that
is applied twice changes nothing.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sqlalchemy import select

from app.core.context import Ctx
from app.core.errors import Invalid, NotFound
from app.core.http import OutgoingError
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.contacts.events import ImportRequested
from app.domain.contacts.import_apply import CHUNK, Plan, apply_rows
from app.domain.contacts.import_rows import MAX_BYTES, Fault, Sheet, read_sheet
from app.domain.contacts.repository import UserJobRepository
from app.models import Notification, UserJob

#: An import of more rows than these is a job.
AT_ONCE = 100
#: Faults that are kept of one import.
MAX_FAULTS = 1000

ALL_ADDED = "All contacts added"
IN_PROGRESS = "Contact import is in progress"
KIND = "contact_import"

_job: Any = UserJob


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import answers."""

    status: str
    faults: tuple[Fault, ...] = ()
    job_id: int | None = None


async def import_contacts(ctx: Ctx, source: str, data: str | bytes, plan: Plan) -> Outcome:
    """The contacts of the CSV are in, or a job will bring them in.

    `source` says what `data` is: data (the CSV itself, as text, as an uploaded file's bytes or as
    a `data:` URL), url, or file_path (a file in the folder `imports` of the data directory).
    Raises Invalid("data"); the faults of rows are answered.
    """
    text = await _READERS[source](ctx, data if isinstance(data, str) else _decoded(data))
    # A sheet of 100,000 lines takes seconds.
    sheet = await asyncio.to_thread(read_sheet, text)
    if len(sheet.rows) + len(sheet.faults) > AT_ONCE:
        return await _queue(ctx, text, sheet, plan)
    faults = await apply_rows(ctx, plan, sheet.rows, sheet.field_labels)
    return Outcome(ALL_ADDED, (*sheet.faults, *faults))


async def _given(ctx: Ctx, data: str) -> str:
    if not data.startswith("data:"):
        return data
    head, _, body = data.partition(",")
    if not head.endswith(";base64"):
        return unquote(body)
    try:
        return _decoded(base64.b64decode(body, validate=True))
    except binascii.Error as error:
        raise Invalid("data", "is not base64") from error


def _decoded(raw: bytes) -> str:
    """The CSV as text; spreadsheets put a mark before UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("data", "is not UTF-8 text") from error


async def _fetched(ctx: Ctx, url: str) -> str:
    try:
        answer = await ctx.services.http.request("GET", url, max_bytes=MAX_BYTES)
    except OutgoingError as error:
        raise Invalid("data", f"could not be fetched: {error}") from error
    if answer.status != 200:
        raise Invalid("data", f"could not be fetched: the server answered {answer.status}")
    return _decoded(answer.body)


async def _read_file(ctx: Ctx, name: str) -> str:
    folder = (ctx.services.config.data_dir / "imports" / str(ctx.org_id)).resolve()
    return _decoded(await asyncio.to_thread(_bytes_of, folder, name.replace("\0", "")))


def _bytes_of(folder: Path, name: str) -> bytes:
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder):
            raise Invalid("data", f"must be a file in imports/{folder.name} of the data directory")
        if path.is_file() and path.stat().st_size <= MAX_BYTES:
            return path.read_bytes()
    except OSError as error:
        raise Invalid("data", f"cannot be read: {error.strerror}") from error
    raise Invalid("data", f"there is no file {name} of at most {MAX_BYTES} bytes")


_READERS = {"data": _given, "url": _fetched, "file_path": _read_file}


async def _queue(ctx: Ctx, text: str, sheet: Sheet, plan: Plan) -> Outcome:
    job = await UserJobRepository(ctx).add(
        UserJob(
            type=KIND,
            user_id=ctx.actor.user_id,
            total_tasks=len(sheet.rows),
            params={"data": text, "plan": asdict(plan)},
            errors={"rows": _shown(sheet.faults)},
        )
    )
    assert job.id is not None, "the row has been stored"
    ctx.emit(ImportRequested(job.id))
    return Outcome(IN_PROGRESS, sheet.faults, job.id)


def _shown(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    return [asdict(fault) for fault in faults[:MAX_FAULTS]]


async def perform_import(services: Services, job_id: int) -> None:
    """Import job `job_id` is over, and staff are notified. Does nothing when it was already.

    Each chunk is its own transaction, under a lock on the job, so a second worker waits.
    Raises NotFound.
    """
    org_id, sheet, plan = await _load(services, job_id)
    while True:
        async with unit_of_work(services, org_id=org_id) as ctx:
            job = await UserJobRepository(ctx).get_for_update(job_id)
            if job.status == "success":
                return
            rows = sheet.rows[job.tasks_done : job.tasks_done + CHUNK]
            faults = await apply_rows(ctx, plan, rows, sheet.field_labels)
            kept = [*job.errors.get("rows", []), *_shown(faults)]
            job.errors = {"rows": kept[:MAX_FAULTS]}
            job.tasks_done += len(rows)
            job.status = "success" if job.tasks_done >= len(sheet.rows) else "running"
            if job.status == "success":
                # The sheet has served; the report needs the faults alone.
                job.params = {"plan": job.params["plan"]}
                ctx.session.add(_notice(job))


async def _load(services: Services, job_id: int) -> tuple[int, Sheet, Plan]:
    async with services.db.reading() as session:
        statement = select(UserJob).where(_job.id == job_id, _job.type == KIND)
        job = (await session.scalars(statement)).one_or_none()
    if job is None:
        raise NotFound.of(UserJobRepository.resource, job_id)
    if job.status == "success":
        return job.organization_id, Sheet((), (), {}), Plan()
    return job.organization_id, read_sheet(job.params["data"]), Plan(**job.params["plan"])


def _notice(job: UserJob) -> Notification:
    faults = len(job.errors["rows"])
    words = "completed" if not faults else f"completed with {faults} errors"
    return Notification(
        organization_id=job.organization_id,
        category="Contact Upload",
        message=f"Contact upload {words}",
        severity="Information" if not faults else "Warning",
        entity={"user_job_id": job.id, "status": "Completed"},
    )


async def upload_report(ctx: Ctx, job_id: int | str) -> str:
    """The lines that an import could not take, as CSV: Phone, Status. Raises NotFound."""
    job = await UserJobRepository(ctx).get(job_id)
    return report_of([Fault(**fault) for fault in job.errors.get("rows", [])])


def report_of(faults: Sequence[Fault]) -> str:
    """`faults` as CSV: Phone, Status."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("Phone", "Status"))
    writer.writerows((fault.phone, f"line {fault.line}: {fault.reason}") for fault in faults)
    return out.getvalue()
