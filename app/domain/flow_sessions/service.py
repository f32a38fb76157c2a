"""Sessions as staff see them: which there were, where they stand, why they ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select

from app.core.context import Ctx
from app.core.errors import NotFound
from app.core.page import Page
from app.domain.flow_sessions.sessions import SessionRepository
from app.models import Contact, FlowSession

_SESSION: Any = FlowSession
_CONTACT: Any = Contact


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """Which sessions; None means that it does not matter."""

    contact_id: int | None = None
    flow_id: int | None = None
    status: str | None = None
    is_background: bool | None = None


async def list_sessions(ctx: Ctx, wanted: SessionFilter, page: Page) -> Sequence[FlowSession]:
    """One page of sessions."""
    return await SessionRepository(ctx).list(_clauses(wanted), page)


async def count_sessions(ctx: Ctx, wanted: SessionFilter) -> int:
    """How many sessions there are."""
    return await SessionRepository(ctx).count(_clauses(wanted))


async def get_session(ctx: Ctx, session_id: int | str) -> FlowSession:
    """The session. Raises NotFound."""
    return await SessionRepository(ctx).get(session_id)


async def find_session(ctx: Ctx, ref: str) -> FlowSession:
    """The session with that number or uuid, or the newest one of the contact with that phone.

    Raises NotFound.
    """
    digits = ref.lstrip("+")
    of_phone = select(_CONTACT.id).where(
        _CONTACT.organization_id == ctx.org_id, _CONTACT.phone == digits
    )
    ways: list[ColumnElement[bool]] = [_SESSION.uuid == ref, _SESSION.contact_id.in_(of_phone)]
    if digits.isdecimal() and len(digits) < 19:
        ways.insert(0, _SESSION.id == int(digits))
    for way in ways:
        found = await SessionRepository(ctx).list([way], Page(limit=1, descending=True))
        if found:
            return found[0]
    raise NotFound.of(SessionRepository.resource, ref)


def _clauses(wanted: SessionFilter) -> list[ColumnElement[bool]]:
    return [
        getattr(_SESSION, name) == value
        for name in ("contact_id", "flow_id", "status", "is_background")
        if (value := getattr(wanted, name)) is not None
    ]
