"""What holds for one domain: a typed set, read by a process at most once in TTL_S.

A setting that the domain does not have is as the installation says (`Config`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlmodel import col, select

from app.core.db import Database
from app.core.errors import Invalid
from app.core.services import Config, Services
from app.models.chat import ChatDomain

#: Seconds for which a process trusts what it has read.
TTL_S: Final = 5
#: Domains of one installation.
MAX_DOMAINS: Final = 10_000
#: Messages that wait for an account, at the most that a domain may say.
MAX_OFFLINE: Final = 100_000
MAX_UPLOAD_BYTES: Final = 2**40
MAX_TYPES: Final = 100
_MAX_TYPE_CHARS: Final = 127
#: Ten years.
MAX_DAYS: Final = 3650


@dataclass(frozen=True, slots=True)
class DomainSettings:
    """What holds for the accounts of a domain."""

    #: Whether people make accounts by themselves (XEP-0077 3.1).
    registration: bool = False
    #: Whether conversations are archived (XEP-0313), and for how many days; 0 is for ever.
    archive: bool = True
    archive_days: int = 0
    #: Messages that wait for one account (XEP-0160); 0 stores none.
    offline_messages: int = 1000
    #: XEP-0363: bytes of one file, media types that are taken, days that files stay (0: for ever).
    upload_max_bytes: int = 16 * 1024 * 1024
    upload_types: tuple[str, ...] = ("*/*",)
    upload_days: int = 0


NAMES: Final = tuple(field.name for field in fields(DomainSettings))


def defaults(config: Config) -> DomainSettings:
    """What the installation says of every domain."""
    return DomainSettings(
        registration=config.allow_registration,
        upload_max_bytes=config.upload_max_bytes,
        upload_types=config.upload_types,
    )


def changed(stored: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The stored settings with the changes; None gives a setting back to the installation.

    Raises Invalid for an unknown name or a value that the setting cannot have.
    """
    after = dict(stored)
    for name, value in changes.items():
        check = _CHECKS.get(name)
        if check is None:
            raise Invalid(name, f"is no setting of a domain; there are {', '.join(NAMES)}")
        if value is None:
            after.pop(name, None)
        else:
            after[name] = check(name, value)
    return after


def read(stored: Mapping[str, Any], config: Config) -> DomainSettings:
    """Stored settings over those of the installation."""
    own = {name: stored[name] for name in NAMES if name in stored}
    values = {name: getattr(defaults(config), name) for name in NAMES} | own
    return DomainSettings(**values | {"upload_types": tuple(values["upload_types"])})


@dataclass(frozen=True, slots=True)
class _Known:
    at: datetime
    by_name: dict[str, DomainSettings]


_known: WeakKeyDictionary[Database, _Known] = WeakKeyDictionary()


async def settings_of(services: Services, domain: str) -> DomainSettings:
    """What holds for the domain; a change made elsewhere is seen after TTL_S at the latest."""
    known, now = _known.get(services.db), services.clock.now()
    if known is None or not timedelta() <= now - known.at < timedelta(seconds=TTL_S):
        known = _known[services.db] = _Known(now, await _read_all(services))
    return known.by_name.get(domain) or defaults(services.config)


def forget(services: Services) -> None:
    """The settings are read anew when they are next asked for."""
    _known.pop(services.db, None)


async def _read_all(services: Services) -> dict[str, DomainSettings]:
    statement = (
        select(col(ChatDomain.name), col(ChatDomain.settings))
        .order_by(col(ChatDomain.id))
        .limit(MAX_DOMAINS)
    )
    async with services.db.reading() as session:
        rows = (await session.execute(statement)).all()
    return {name: read(stored, services.config) for name, stored in rows}


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Invalid(name, "is true or false")
    return value


def _whole(most: int, least: int = 0) -> Callable[[str, Any], int]:
    def check(name: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Invalid(name, f"is a whole number between {least} and {most}")
        return value

    return check


def _types(name: str, value: Any) -> list[str]:
    """Media types, `image/*` for a family."""
    words = [word.strip() for word in value.split(",")] if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not 0 < len(words) <= MAX_TYPES:
        raise Invalid(name, f"are at most {MAX_TYPES} media types, such as image/*")
    if not all(isinstance(word, str) and _is_type(word) for word in words):
        raise Invalid(name, "are media types, such as image/*,application/pdf")
    return [word.lower() for word in words]


def _is_type(word: str) -> bool:
    family, slash, kind = word.partition("/")
    return bool(family and slash and kind) and len(word) <= _MAX_TYPE_CHARS and word.isascii()


_CHECKS: Final[dict[str, Callable[[str, Any], Any]]] = {
    "registration": _flag,
    "archive": _flag,
    "archive_days": _whole(MAX_DAYS),
    "offline_messages": _whole(MAX_OFFLINE),
    "upload_max_bytes": _whole(MAX_UPLOAD_BYTES, least=1),
    "upload_types": _types,
    "upload_days": _whole(MAX_DAYS),
}
