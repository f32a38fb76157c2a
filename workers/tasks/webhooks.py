"""Calls to the NGO's servers."""

from __future__ import annotations

from app.runner.webhooks import perform_webhook
from workers.celery_app import app
from workers.runtime import RUNTIME


@app.task(name="webhooks.perform", time_limit=60, soft_time_limit=50)
def perform(effect_id: int) -> None:
    """Make the call."""
    RUNTIME.run(perform_webhook, effect_id, job="webhooks.perform", effect_id=effect_id)
