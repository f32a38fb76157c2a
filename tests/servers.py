"""Real PostgreSQL and Valkey for tests, kept in memory where the machine has room for them."""

from __future__ import annotations

import fcntl
import itertools
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from app.embedded.postgres import DATABASE, ROLE, EmbeddedPostgres
from app.embedded.valkey import EmbeddedValkey
from app.migrate import migrate

#: A folder in memory. A database is a thousand small files: 10 ms here, 200 ms on ext4.
MEMORY = Path("/dev/shm")
#: What must be free there; two workers need a third. A container has 64 MiB unless told otherwise.
ROOM_BYTES = 1 << 30
PREFIX = "samvad-test-"
#: No run takes so long: a folder of that age whose lock is free was left by one that was killed.
LEFT_AFTER_S = 3600.0


@dataclass(frozen=True)
class Servers:
    """Both servers. The database `samvad` has the whole schema and no row; nobody connects to it."""

    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey
    #: A superuser's, to make and drop databases with.
    admin: psycopg.Connection


@contextmanager
def running_servers() -> Iterator[Servers]:
    """Both servers, which end with the block and leave nothing."""
    folder = _quick_folder()
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=folder) as directory:
        Path(directory).chmod(0o755)
        postgres = EmbeddedPostgres(Path(directory) / "postgres", durable=False).start()
        valkey = EmbeddedValkey(Path(directory) / "valkey", durable=False).start()
        try:
            migrate(postgres.url)
            with psycopg.connect(f"{_base_of(postgres)}/postgres", autocommit=True) as admin:
                _make_logins_cheap(admin, postgres.home.password())
                yield Servers(postgres, valkey, admin)
        finally:
            valkey.stop()
            postgres.stop()


def _base_of(postgres: EmbeddedPostgres) -> str:
    """The server's URL as the driver takes it, to which `/` and a database are added."""
    return postgres.url.rpartition("/")[0].replace("postgresql+psycopg", "postgresql")


def _make_logins_cheap(admin: psycopg.Connection, password: str) -> None:
    """A login takes 4 ms less than by the 4,096 rounds of hashing that make a guess dear."""
    admin.execute("SET scram_iterations = 1")
    admin.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(ROLE), password))


def _quick_folder() -> Path | None:
    """A folder in memory with room, rid of what killed runs left there; None for the usual one."""
    if not MEMORY.is_dir():
        return None
    for left in MEMORY.glob(f"{PREFIX}*"):
        if _is_left(left):
            shutil.rmtree(left, ignore_errors=True)
    return MEMORY if shutil.disk_usage(MEMORY).free >= ROOM_BYTES else None


def _is_left(folder: Path) -> bool:
    try:
        if time.time() - folder.stat().st_mtime < LEFT_AFTER_S:
            return False
        with (folder / "postgres" / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


_numbers = itertools.count(1)


@contextmanager
def fresh_database(servers: Servers) -> Iterator[str]:
    """The URL of a database with the whole schema and no row, which is there during the block."""
    name = f"test_{next(_numbers)}"
    servers.admin.execute(f"CREATE DATABASE {name} TEMPLATE {DATABASE} STRATEGY FILE_COPY")
    yield f"{servers.postgres.url.rpartition('/')[0]}/{name}"
    servers.admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
