"""Messages on their way out."""

from __future__ import annotations

from app.runner.housekeeping import deliver
from workers.celery_app import app
from workers.runtime import RUNTIME


@app.task(name="outbound.deliver", time_limit=120, soft_time_limit=100)
def deliver_due(contact_id: int) -> None:
    """Send what is due to the contact."""
    RUNTIME.run(deliver, contact_id, job="outbound.deliver")
