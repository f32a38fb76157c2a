"""Which organization a request is for: its shortcode is the first label of the host name."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select

from app.core.db import Database
from app.core.services import Services
from app.models import Organization

#: Seconds for which a process trusts what it has just looked up.
_TTL_S = 5


@dataclass(frozen=True, slots=True)
class _Known:
    at: datetime
    by_shortcode: dict[str, int]
    first: int | None


_known: WeakKeyDictionary[Database, _Known] = WeakKeyDictionary()


async def organization_of_host(services: Services, host: str) -> int | None:
    """The id of the organization that `host` names; None for a name that nobody has.

    `asha.example.org` and `api.asha.example.org` name the organization `asha`. Names that carry no
    shortcode (localhost, an address, the installation's own name) mean the first organization.
    """
    known = await _organizations(services)
    name = host_name(host)
    labels = name.removeprefix("api.").split(".")
    if labels[0] in known.by_shortcode:
        return known.by_shortcode[labels[0]]
    own = host_name(services.config.public_url.partition("://")[2].partition("/")[0])
    if len(known.by_shortcode) == 1 or len(labels) == 1 or _is_address(name) or name == own:
        return known.first
    return None


def host_name(host: str) -> str:
    """`host` without its port, in lower case.

    >>> host_name("Asha.Example:4000"), host_name("[::1]:4000")
    ('asha.example', '::1')
    """
    name = host.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


async def _organizations(services: Services) -> _Known:
    known, now = _known.get(services.db), services.clock.now()
    if known is not None and known.by_shortcode and now - known.at < timedelta(seconds=_TTL_S):
        return known
    organization: Any = Organization
    statement = (
        select(organization.shortcode, organization.id)
        .where(organization.is_active)
        .order_by(organization.id)
    )
    async with services.db.reading() as session:
        rows = (await session.execute(statement)).all()
    made = _Known(now, {code.lower(): id_ for code, id_ in rows}, rows[0][1] if rows else None)
    _known[services.db] = made
    return made
