"""`/api/sse`: what comes for the caller, as it comes (Server-Sent Events)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Final

import orjson
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.protocol.element import Element, child_text, name_of
from app.protocol.jid import Jid
from app.protocol.stamp import find_delay
from app.protocol.xmlio import parse
from app.rest.chat import shapes
from app.rest.chat.bodies import Msg, RoomMsg
from app.rest.chat.caller import Caller
from app.rest.chat.calls import Who, router
from app.xmpp.listener import Ear

routes = router("events")

#: Seconds after which a comment shows that the stream lives, and proxies keep it.
HEARTBEAT_S: Final = 15.0
#: Seconds without an event after which the stream ends; the client opens another.
IDLE_S: Final = 3600.0
HEADERS: Final = {"cache-control": "no-cache", "x-accel-buffering": "no"}


@routes.get(
    "/sse",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "message, room.message"}},
)
async def listen(caller: Who) -> StreamingResponse:
    """Events `message` and `room.message`; their timestamps are in microseconds."""
    stack = AsyncExitStack()
    # Entered before the answer begins: a refusal still has its status, and nothing is missed.
    ear = await stack.enter_async_context(
        caller.gate.listener.listen(caller.jid, caller.org_id, caller.account_id)
    )
    return _Stream(_events(caller, ear), stack)


class _Stream(StreamingResponse):
    """A stream whose session ends with it, however that comes about."""

    def __init__(self, events: AsyncIterator[str], stack: AsyncExitStack) -> None:
        super().__init__(events, media_type="text/event-stream", headers=HEADERS)
        self._stack = stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._stack:
            await super().__call__(scope, receive, send)


async def _events(caller: Caller, ear: Ear) -> AsyncIterator[str]:
    yield ": open\n\n"
    number, silent_s = 0, 0.0
    while silent_s < IDLE_S:
        try:
            text = await asyncio.wait_for(ear.heard.get(), HEARTBEAT_S)
        except TimeoutError:
            silent_s += HEARTBEAT_S
            yield ":\n\n"
            continue
        if text is None:
            return
        event = _event(caller, parse(text))
        if event is not None:
            number, silent_s = number + 1, 0.0
            yield f"id: {number}\n{event}\n\n"


def _event(caller: Caller, stanza: Element) -> str | None:
    """The stanza as an event; None for what is no message with something to say."""
    if name_of(stanza) != "message" or stanza.get("type") in {"error", "headline"}:
        return None
    at = find_delay(stanza) or caller.services.clock.now()
    microseconds = int(at.timestamp() * 1_000_000)
    own_id = stanza.get("id", "")
    if stanza.get("type") == "groupchat":
        said = shapes.room_message(stanza, own_id, microseconds)
        origin = Jid.find(stanza.get("from"))
        if said is None or origin is None:
            return None
        return f"event: room.message\ndata: {_json(said, room=origin.local)}"
    if not child_text(stanza, "body"):
        return None
    return f"event: message\ndata: {_json(shapes.message(stanza, own_id, microseconds))}"


def _json(data: Msg | RoomMsg, **more: str) -> str:
    shown = data.model_dump(by_alias=True, exclude_none=True) | more
    return orjson.dumps(shown).decode()
