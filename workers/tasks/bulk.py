"""Messages and flows for whole groups."""

from __future__ import annotations

from app.runner.bulk import continue_broadcast
from workers.celery_app import app
from workers.runtime import RUNTIME


@app.task(name="bulk.start_flow", time_limit=120, soft_time_limit=100)
def start_flow(broadcast_id: int) -> None:
    """Lead the next people into the flow."""
    RUNTIME.run(continue_broadcast, broadcast_id, job="bulk.start_flow")


@app.task(name="bulk.send_message", time_limit=120, soft_time_limit=100)
def send_message(broadcast_id: int) -> None:
    """Send the message to the next people."""
    RUNTIME.run(continue_broadcast, broadcast_id, job="bulk.send_message")
