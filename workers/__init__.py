"""Celery: takes a job, opens a unit of work, calls one verb."""
