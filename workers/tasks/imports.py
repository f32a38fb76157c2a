"""Long imports."""

from __future__ import annotations

from app.runner.housekeeping import import_contacts
from workers.celery_app import app
from workers.runtime import RUNTIME


@app.task(name="imports.contacts", time_limit=300, soft_time_limit=280)
def contacts(job_id: int) -> None:
    """Work through a contact import."""
    RUNTIME.run(import_contacts, job_id, job="imports.contacts")
