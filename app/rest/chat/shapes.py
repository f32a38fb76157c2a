"""Stanzas as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from app.protocol import ns
from app.protocol.element import Element, child, child_text, children
from app.protocol.jid import Jid
from app.rest.chat.bodies import ChatMarker, Msg, RoomMsg

#: Smack's stanza properties.
PROPERTIES: Final = "http://www.jivesoftware.com/xmlns/xmpp/properties"
MARKERS: Final = ("received", "displayed", "acknowledged")
AFFILIATIONS: Final = "urn:xmpp:muclight:0#affiliations"


def milliseconds(at: datetime) -> int:
    """A moment as REST tells it."""
    return int(at.timestamp() * 1000)


def message(stanza: Element, own_id: str, timestamp: int) -> Msg:
    """A message between two addresses; one that was sent without an id has `own_id`."""
    thread = child(stanza, "thread")
    return Msg(
        to=stanza.get("to", ""),
        from_=stanza.get("from", ""),
        id=stanza.get("id") or own_id,
        body=child_text(stanza, "body") or "",
        timestamp=timestamp,
        thread=thread.text if thread is not None else None,
        parent=thread.get("parent") if thread is not None else None,
        properties=_properties(stanza),
    )


def room_message(
    stanza: Element, own_id: str, timestamp: int, sender: str | None = None
) -> RoomMsg | None:
    """What a room says; None for what is neither a message nor about one person's affiliation.

    A user's message is from his bare address, the room's own news are from the room.
    """
    origin = Jid.find(stanza.get("from"))
    room = str(origin.bare) if origin is not None else ""
    id_ = stanza.get("id") or own_id
    user = _changed_user(stanza)
    if user is not None:
        who, affiliation = user
        return RoomMsg(
            type="affiliation",
            id=id_,
            from_=room,
            timestamp=timestamp,
            user=who,
            affiliation=affiliation,
        )
    body, marker = child_text(stanza, "body"), _marker(stanza)
    if not body and marker is None:
        return None
    return RoomMsg(
        type="message",
        id=id_,
        from_=sender or (origin.resource if origin is not None else ""),
        timestamp=timestamp,
        body=body or None,
        markable=True if child(stanza, "markable", ns.CHAT_MARKERS) is not None else None,
        chat_marker=marker,
    )


def _properties(stanza: Element) -> dict[str, str] | None:
    found = child(stanza, "properties", PROPERTIES)
    if found is None:
        return None
    return {
        child_text(one, "name") or "": child_text(one, "value") or ""
        for one in children(found, "property")
    }


def _changed_user(stanza: Element) -> tuple[str, str] | None:
    news = child(stanza, "x", AFFILIATIONS)
    user = child(news, "user") if news is not None else None
    if user is None:
        return None
    return user.text or "", user.get("affiliation", "")


def _marker(stanza: Element) -> ChatMarker | None:
    for kind in MARKERS:
        found = child(stanza, kind, ns.CHAT_MARKERS)
        if found is not None and found.get("id"):
            return ChatMarker.model_validate({"type": kind, "id": found.get("id")})
    return None
