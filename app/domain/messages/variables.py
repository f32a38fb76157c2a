"""`@contact.name` and its like in what staff write: plain replacement, nothing is evaluated."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select

from app.core.context import Ctx
from app.domain.messages.repository import Home
from app.models import Contact, FlowResult

_VARIABLE = re.compile(r"@(contact|results|global|calendar)((?:\.[A-Za-z0-9_]+){1,5})")

_result: Any = FlowResult

#: Calendar names -> text of the organization's day.
_CALENDAR: dict[str, Callable[[datetime], str]] = {
    "current_date": lambda day: day.strftime("%d/%m/%Y"),
    "yesterday": lambda day: (day - timedelta(days=1)).strftime("%d/%m/%Y"),
    "tomorrow": lambda day: (day + timedelta(days=1)).strftime("%d/%m/%Y"),
    "current_day": lambda day: day.strftime("%A").lower(),
    "current_month": lambda day: day.strftime("%B").lower(),
    "current_year": lambda day: day.strftime("%Y"),
}


def has_variables(body: str | None) -> bool:
    """Whether something in `body` would be replaced."""
    return body is not None and _VARIABLE.search(body) is not None


async def known_values(
    ctx: Ctx, contacts: Mapping[int, Contact], body: str, home: Home
) -> dict[int, dict[str, Any]]:
    """Per contact, the values that `body` may name. Results are read only when it names some."""
    results = await _results(ctx, list(contacts)) if "@results." in body else {}
    shared = {"global": home.fields, "calendar": _calendar(ctx.clock.now(), home.timezone)}
    return {
        id_: {**shared, "contact": _contact(contact), "results": results.get(id_, {})}
        for id_, contact in contacts.items()
    }


def substitute(body: str, values: Mapping[str, Any]) -> str:
    """`body` with each known variable replaced; an unknown one stays as it was written.

    >>> substitute("Hi @contact.name, @contact.nick", {"contact": {"name": "Asha"}})
    'Hi Asha, @contact.nick'
    """

    def value(match: re.Match[str]) -> str:
        found: Any = values.get(match[1])
        for key in match[2].strip(".").split("."):
            found = found.get(key) if isinstance(found, Mapping) else None
        if isinstance(found, Mapping):
            found = found.get("value", found.get("input"))
        return match[0] if found is None else str(found)

    return _VARIABLE.sub(value, body)


def _contact(contact: Contact) -> dict[str, Any]:
    fields = contact.fields or {}
    own = {"id": contact.id, "name": contact.name or "", "phone": contact.phone}
    return {**fields, **own, "fields": fields}


def _calendar(now: datetime, timezone: str) -> dict[str, str]:
    try:
        local = now.astimezone(ZoneInfo(timezone))
    except (ZoneInfoNotFoundError, ValueError):
        local = now
    return {name: text(local) for name, text in _CALENDAR.items()}


async def _results(ctx: Ctx, contact_ids: list[int]) -> dict[int, dict[str, Any]]:
    """Each contact's newest flow results."""
    query = (
        select(_result.contact_id, _result.results)
        .where(_result.organization_id == ctx.org_id, _result.contact_id.in_(contact_ids))
        .distinct(_result.contact_id)
        .order_by(_result.contact_id, _result.updated_at.desc())
    )
    return {row[0]: row[1] for row in await ctx.session.execute(query)}
