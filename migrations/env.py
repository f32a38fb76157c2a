"""Alembic over every table of `app.models`; the address comes from DATABASE_URL."""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import create_engine, pool

from app.core.db import normal_url
from app.models import metadata


def run() -> None:
    """Bring the database to the asked revision, each step in a transaction of its own."""
    url = context.config.attributes.get("url") or os.environ["DATABASE_URL"]
    engine = create_engine(normal_url(url), poolclass=pool.NullPool, hide_parameters=True)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            transaction_per_migration=True,
            compare_type=True,
        )
        with context.begin_transaction():
            # One migration at a time, however many processes start at once.
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7268426)")
            context.run_migrations()
    engine.dispose()


run()
