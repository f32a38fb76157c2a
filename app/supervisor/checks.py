"""What can be known to fail before anything is started, each with one sentence."""

from __future__ import annotations

import shutil
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import psycopg
import redis

from app.embedded.home import EmbeddedError, claim_port

FREE_BYTES = 300 * 1024 * 1024
CONNECT_TIMEOUT_S = 5
#: One module of each library whose absence would otherwise show as a child that keeps ending.
LIBRARIES = {
    "fastapi": "fastapi",
    "strawberry": "strawberry-graphql",
    "sqlmodel": "sqlmodel",
    "alembic": "alembic",
    "celery": "celery",
    "uvicorn": "uvicorn",
    "lxml": "lxml",
    "phonenumbers": "phonenumbers",
    "orjson": "orjson",
}
#: Modules that are compiled: there, and still of no use where a shared library that they need is not.
COMPILED = ("lxml.etree", "orjson", "re2", "regex", "argon2", "greenlet", "pydantic_core")


class CannotStart(Exception):
    """The product cannot start. The text is one sentence that says why and what to do."""


def check_libraries() -> None:
    """Refuse when a library is missing. Raises ImportError where it lacks one of the system."""
    missing = [name for module, name in LIBRARIES.items() if find_spec(module) is None]
    if missing:
        raise CannotStart(f"The libraries {', '.join(missing)} are missing: ./run installs them.")
    for module in COMPILED:
        import_module(module)


def check_directory(home: Path) -> None:
    """Refuse when `home` is no directory that this user can write to, and cannot become one."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        raise CannotStart(
            f"The data directory {home} cannot be written to ({error.strerror}): "
            "set SAMVAD_HOME to one that can."
        ) from error


def check_space(home: Path) -> None:
    """Refuse when the disk under `home` is all but full."""
    free = shutil.disk_usage(home).free
    if free < FREE_BYTES:
        raise CannotStart(
            f"The disk of {home} is full ({free // 2**20} MB free, {FREE_BYTES // 2**20} needed): "
            "make room, or set SAMVAD_HOME to another disk."
        )


def check_ports(ports: dict[str, int]) -> None:
    """Refuse when a port is in use; `ports` goes from the option that changes it to the number."""
    for option, port in ports.items():
        try:
            claim_port(port)
        except EmbeddedError as error:
            raise CannotStart(
                f"Port {port} is in use: stop what uses it, or choose another with {option}."
            ) from error


def check_database(url: str) -> None:
    """Refuse when PostgreSQL does not answer at `url`."""
    try:
        psycopg.connect(
            url.replace("postgresql+psycopg://", "postgresql://"), connect_timeout=CONNECT_TIMEOUT_S
        ).close()
    except psycopg.Error as error:
        raise CannotStart(
            f"The database of DATABASE_URL cannot be reached: {_first_line(error)}"
        ) from error


def check_redis(url: str) -> None:
    """Refuse when Valkey or Redis does not answer at `url`."""
    try:
        client = redis.Redis.from_url(url, socket_connect_timeout=CONNECT_TIMEOUT_S)
        client.ping()
        client.close()
    except (redis.RedisError, ValueError) as error:
        raise CannotStart(
            f"The server of REDIS_URL cannot be reached: {_first_line(error)}"
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
