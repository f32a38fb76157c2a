"""What every call of the client API is given, and how it refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request

from app.core.errors import AppError, Refused
from app.protocol.jid import Jid
from app.rest.chat.caller import Caller

#: Messages of one page at most.
MAX_PAGE: Final = 500
#: Milliseconds of the year 9999; datetime ends there.
_MAX_MS: Final = 253_402_300_799_000


class Gone(AppError):
    """There is no such thing."""

    code, http, condition = "not_found", 404, "item-not-found"


def _caller(request: Request) -> Caller:
    caller: Caller = request.scope["samvad.caller"]
    return caller


Who = Annotated[Caller, Depends(_caller)]
RoomId = Annotated[str, Path(alias="id", description="The room's id, or its address.")]
Limit = Annotated[int, Query(ge=0, description=f"At most so many; {MAX_PAGE} are given at most.")]
RoomLimit = Annotated[int, Query(ge=0, le=MAX_PAGE)]
Before = Annotated[
    int | None,
    Query(ge=0, le=_MAX_MS, description="Only what is older: milliseconds since 1970."),
]

#: What each status means, for the document.
REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"description": "Bad request", "model": str},
    401: {"description": "No account, or not its password"},
    403: {"description": "Denied", "model": str},
    404: {"description": "Not found", "model": str},
}


def router(tag: str) -> APIRouter:
    """The routes of one subject."""
    return APIRouter(prefix="/api", tags=[tag], responses=also(400, 401))


def also(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Further refusals of one route."""
    return {status: REFUSALS[status] for status in statuses}


def address(text: str, what: str) -> Jid:
    """The address. Raises Refused."""
    jid = Jid.find(text)
    if jid is None or not jid.local:
        raise Refused(f"Invalid {what} JID")
    return jid


def older_than(before: int | None) -> datetime | None:
    """The last moment that is older than `before`."""
    if before is None:
        return None
    start = datetime(1970, 1, 1, tzinfo=UTC)
    return start + timedelta(milliseconds=before) - timedelta(microseconds=1)
