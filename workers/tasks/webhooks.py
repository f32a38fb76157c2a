"""What sessions wait for: calls to the NGO's servers, sheets, mail and the rest."""

from __future__ import annotations

from app.runner.effects.perform import perform_effect
from workers.celery_app import app
from workers.runtime import RUNTIME


@app.task(name="webhooks.perform", time_limit=60, soft_time_limit=50)
def perform(effect_id: int) -> None:
    """Carry the effect out."""
    RUNTIME.run(perform_effect, effect_id, job="webhooks.perform", effect_id=effect_id)
