"""Phones that sleep are told that something came."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.chat.push import tell_push_services
from workers.celery_app import app
from workers.runtime import RUNTIME


@app.task(name="push.tell", time_limit=120, soft_time_limit=100)
def tell(account_id: int, attempt: int = 1, only: Sequence[int] = ()) -> None:
    """Tell the account's push services what waits for it; later times, those that are left."""
    RUNTIME.run(tell_push_services, account_id, attempt, only, job="push.tell")
