"""Sends jobs by name: the application's one use of Celery."""

from __future__ import annotations

import asyncio
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError

from app.core import log
from app.core.jobs import QUEUES

_log = log.get(__name__)


def make_celery(redis_url: str) -> Celery:
    """A Celery application as both ends need it: JSON only, late acknowledgement, no results.

    A task that dies with its worker is taken by another; every task may therefore run twice.
    """
    app = Celery("samvad", broker=redis_url)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_time_limit=300,
        task_soft_time_limit=240,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"visibility_timeout": 600, "unacked_restore_interval": 5},
        broker_pool_limit=10,
        redis_max_connections=100,
        worker_soft_shutdown_timeout=5,
        task_routes={name: {"queue": queue} for name, queue in QUEUES.items()},
        task_default_queue="inbound",
        timezone="UTC",
    )
    return app


class CeleryJobs:
    """Puts jobs on the broker from async code, off the event loop (`send_task` blocks 1 ms)."""

    def __init__(self, celery: Celery) -> None:
        self._celery = celery

    async def send(self, name: str, *args: Any, after_s: float = 0.0) -> None:
        """Queue `name`. A broker that is down is logged: the rows stay and a sweep finds them."""
        try:
            await asyncio.to_thread(
                self._celery.send_task, name, args, countdown=after_s or None, retry=False
            )
        except (OperationalError, OSError) as error:
            _log.warning("job not queued", job=name, args=args, reason=str(error))
