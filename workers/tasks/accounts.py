"""Accounts of the chat server that were removed."""

from __future__ import annotations

from app.domain.chat.removal import erase as erase_account
from workers.celery_app import app
from workers.runtime import RUNTIME


@app.task(name="accounts.erase", time_limit=300, soft_time_limit=280)
def erase(account_id: int) -> None:
    """Erase what a removed account left; what is left after the time limit a sweep finds."""
    RUNTIME.run(erase_account, account_id, job="accounts.erase")
