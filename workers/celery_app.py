"""The Celery application: `celery -A workers.celery_app worker -Q …` and `… beat`."""

from __future__ import annotations

from typing import Any

from celery.signals import worker_process_init, worker_process_shutdown

from app.core.queue import make_celery
from app.settings import Settings
from workers.runtime import RUNTIME

app = make_celery(Settings().redis_url or "redis://localhost:6379/0")

#: Name -> seconds between two, and after which one that no worker took is dropped.
BEAT = {
    "timers.fire": (1.0, 5),
    "timers.sweep": (5.0, 10),
    "timers.close_windows": (60.0, 120),
    "timers.purge": (3600.0, 3600),
    "timers.remove_uploads": (600.0, 600),
}

app.conf.beat_schedule = {
    name: {"task": name, "schedule": every_s, "options": {"expires": expires_s}}
    for name, (every_s, expires_s) in BEAT.items()
}
app.conf.imports = (
    "workers.tasks.inbound",
    "workers.tasks.outbound",
    "workers.tasks.webhooks",
    "workers.tasks.timers",
    "workers.tasks.bulk",
    "workers.tasks.imports",
    "workers.tasks.push",
)


@worker_process_init.connect
def _open(**_: Any) -> None:
    RUNTIME.open()


@worker_process_shutdown.connect
def _close(**_: Any) -> None:
    RUNTIME.close()
