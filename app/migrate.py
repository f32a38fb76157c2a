"""Brings a database to the newest schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, pool

from app.core.db import normal_url

ROOT = Path(__file__).resolve().parent.parent


def migrate(database_url: str, revision: str = "head") -> None:
    """Bring the database to `revision`. Running it twice, or from two processes, is harmless.

    Raises sqlalchemy.exc.OperationalError when the database cannot be reached.
    """
    engine = create_engine(normal_url(database_url), poolclass=pool.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    engine.dispose()
    config = Config(ROOT / "alembic.ini")
    config.attributes["url"] = database_url
    command.upgrade(config, revision)
