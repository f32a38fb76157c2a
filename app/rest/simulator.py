"""`/api/v1/simulator/message`: staff who try a flow out write as the simulator that they hold.

The body is that of a provider's inbound call: `{"type": "message", "payload": {"id", "type",
"payload", "sender": {"phone"}}}`. The message takes the way of every other one, and only
`receivedSimulatorMessage` and `sentSimulatorMessage` tell of it.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from app.core.errors import Invalid, Unauthenticated, Unauthorized
from app.core.uow import unit_of_work
from app.domain.contacts.simulators import use_simulator
from app.domain.login.tokens import find_login
from app.domain.messages.service import InboundMessage, receive_message
from app.rest.endpoint import Call
from app.rest.forms import read_body
from app.web import limits

#: The provider's word -> type of the message.
_KINDS = {
    "text": "text",
    "quick_reply": "quick_reply",
    "button_reply": "quick_reply",
    "list_reply": "list",
    "image": "image",
    "audio": "audio",
    "video": "video",
    "file": "document",
    "document": "document",
    "sticker": "sticker",
    "location": "location",
}
#: Types whose structure is kept with the message.
_INTERACTIVE = frozenset({"quick_reply", "list"})


async def speak(call: Call) -> Response:
    """An empty 200. 401 for who has not logged in, 403 for a phone that is not his simulator."""
    login = await find_login(call.services, call.authorization)
    if login is None or login.org_id != call.org_id:
        raise Unauthenticated("Not authenticated")
    if not login.actor.may("staff"):
        raise Unauthorized
    key, limit = f"api:{login.actor.user_id}", call.services.config.api_per_minute
    if refused := await limits.refusal(call.services, key, limit):
        return refused
    payload = _object(await read_body(call.request), "payload")
    phone = str(_object(payload, "sender").get("phone") or "")
    async with unit_of_work(call.services, org_id=login.org_id, actor=login.actor) as ctx:
        contact = await use_simulator(ctx, phone)
        if contact is None or contact.id is None:
            raise Unauthorized(f"{phone or 'The sender'} is not your simulator", key="phone")
        await receive_message(ctx, read_message(contact.id, payload))
    return Response()


def read_message(contact_id: int, payload: dict[str, Any]) -> InboundMessage:
    """The message that `payload` tells of. Raises Invalid for a type that nobody sends.

    >>> read_message(1, {"id": "a", "type": "text", "payload": {"text": "hi"}}).body
    'hi'
    >>> read_message(1, {"type": "list_reply", "payload": {"title": "Two"}}).kind
    'list'
    """
    kind = _KINDS.get(str(payload.get("type")))
    if kind is None:
        raise Invalid("type", "is not a type of message")
    said = _object(payload, "payload")
    caption = _text(said, "caption")
    return InboundMessage(
        contact_id,
        _text(said, "text", "title") or caption,
        kind=kind,
        external_id=_text(payload, "id"),
        media_url=_text(said, "url"),
        media_type=_text(said, "contentType"),
        caption=caption,
        latitude=_number(said, "latitude"),
        longitude=_number(said, "longitude"),
        payload=said if kind in _INTERACTIVE else {},
    )


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    found = body.get(name)
    if not isinstance(found, dict):
        raise Invalid(name, "must be an object")
    return found


def _text(said: dict[str, Any], *names: str) -> str | None:
    return next((said[name] for name in names if isinstance(said.get(name), str)), None)


def _number(said: dict[str, Any], name: str) -> float | None:
    try:
        return float(said[name]) if name in said else None
    except (TypeError, ValueError) as error:
        raise Invalid(name, "must be a number") from error
