"""What the beat asks for."""

from __future__ import annotations

from app.domain.chat.uploads import remove_old
from app.runner import timers
from app.runner.housekeeping import close_windows
from workers.celery_app import app
from workers.runtime import RUNTIME


@app.task(name="timers.fire", time_limit=60, soft_time_limit=50)
def fire() -> None:
    """Due timers reach their contacts."""
    RUNTIME.run(timers.fire, job="timers.fire")


@app.task(name="timers.sweep", time_limit=60, soft_time_limit=50)
def sweep() -> None:
    """What was left behind goes on."""
    RUNTIME.run(timers.sweep, job="timers.sweep")


@app.task(name="timers.close_windows", time_limit=120, soft_time_limit=100)
def shut_windows() -> None:
    """Windows of silent contacts close."""
    RUNTIME.run(close_windows, job="timers.close_windows")


@app.task(name="timers.purge", time_limit=300, soft_time_limit=280)
def purge() -> None:
    """Rows that nobody needs go."""
    RUNTIME.run(timers.purge, job="timers.purge")


@app.task(name="timers.remove_uploads", time_limit=300, soft_time_limit=280)
def remove_uploads() -> None:
    """Slots that nobody filled go, and files that have been kept long enough."""
    RUNTIME.run(remove_old, job="timers.remove_uploads")
