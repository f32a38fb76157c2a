"""Bodies of requests: read no further than they may be long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

from app.core.errors import Malformed, TooLarge

_TOO_LARGE = 413


def bounded(receive: Receive, max_bytes: int) -> Receive:
    """`receive`, which ends the request beyond `max_bytes`, whatever length was announced."""
    taken = 0

    async def run() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > max_bytes:
            # FastAPI passes on this kind of exception only.
            raise HTTPException(_TOO_LARGE, "Request body too large")
        return message

    return run


def bounded_request(request: Request, max_bytes: int) -> Request:
    """`request`, whose body ends as in `bounded`."""
    return Request(request.scope, bounded(request.receive, max_bytes))


@contextmanager
def reading(otherwise: str) -> Iterator[None]:
    """Raise TooLarge for a body that is too long, Malformed(otherwise) for a form that is no form."""
    try:
        yield
    except HTTPException as error:
        if error.status_code == _TOO_LARGE:
            raise TooLarge(str(error.detail)) from error
        raise Malformed(otherwise) from error
