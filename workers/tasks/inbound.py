"""Inboxes of contacts."""

from __future__ import annotations

from app.runner.drain import drain_next
from workers.celery_app import app
from workers.runtime import RUNTIME


@app.task(name="inbound.drain", time_limit=120, soft_time_limit=100)
def drain(contact_id: int) -> None:
    """Serve the contact whose turn it is."""
    RUNTIME.run(drain_next, contact_id, job="inbound.drain")
