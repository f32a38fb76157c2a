"""Every job has a task, and every beat entry is a job that ends when nobody takes it."""

from __future__ import annotations

from importlib import import_module

from app.core.jobs import QUEUES
from workers.celery_app import BEAT, app


def test_every_job_has_a_task_and_every_task_a_job() -> None:
    for module in app.conf.imports:
        import_module(module)

    own = {name for name in app.tasks if not name.startswith("celery.")}

    assert own == set(QUEUES)


def test_what_the_beat_asks_for_is_a_job_of_the_timers_queue() -> None:
    assert {QUEUES[name] for name in BEAT} == {"timers"}


def test_an_entry_of_the_beat_expires_so_that_a_stopped_worker_finds_no_heap() -> None:
    options = [entry["options"] for entry in app.conf.beat_schedule.values()]

    assert all(option["expires"] >= 5 for option in options)
