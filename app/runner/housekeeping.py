"""The remaining jobs: each finds the organization by the row and calls one verb of the domain."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select, text

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.contacts.imports import perform_import
from app.domain.messages.service import deliver_due as deliver_messages
from app.models import Contact

#: A window that has passed takes the free-form half of `bsp_status` away (app.domain.contacts.sending).
_CLOSE = text("""
UPDATE contacts SET
    bsp_status = CASE bsp_status WHEN 'session' THEN 'none' ELSE 'hsm' END, updated_at = :now
WHERE id IN (
    SELECT id FROM contacts
    WHERE bsp_status IN ('session', 'session_and_hsm')
        AND last_message_at < :closed AND NOT is_simulator
    LIMIT :batch FOR NO KEY UPDATE SKIP LOCKED
)
""")
#: Contacts of one statement; the next beat takes the rest.
MAX_CLOSED = 5000


async def deliver(services: Services, contact_id: int) -> int:
    """What is due to the contact has left; how many messages."""
    org_id = await _org_of(services, Contact, contact_id)
    if org_id is None:
        return 0
    async with unit_of_work(services, org_id=org_id) as ctx:
        return await deliver_messages(ctx, contact_id)


async def import_contacts(services: Services, job_id: int) -> None:
    """The import is done, or its row says why not."""
    await perform_import(services, job_id)


async def close_windows(services: Services) -> int:
    """Contacts that were silent for `contact_window_h` get templates only; how many more."""
    now = services.clock.now()
    closed = now - timedelta(hours=services.config.contact_window_h)
    async with services.db.session() as session, session.begin():
        result: Any = await session.execute(
            _CLOSE, {"now": now, "closed": closed, "batch": MAX_CLOSED}
        )
    return int(result.rowcount)


async def _org_of(services: Services, model: Any, row_id: int) -> int | None:
    async with services.db.reading() as session:
        org_id: int | None = await session.scalar(
            select(model.organization_id).where(model.id == row_id)
        )
    return org_id
