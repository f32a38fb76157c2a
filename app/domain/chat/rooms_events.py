"""MUC/Sub: the nodes of a room, and what those who subscribe to them are told.

A gateway that has the room tells what happens in it. Its end, when another process destroys it, is
told by that process: the room may be open nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.core.context import Ctx
from app.domain.chat import rooms_seats
from app.domain.chat.rooms_repository import SubscriberRepository
from app.domain.chat.spool import Letter, hold_many
from app.models.chat import ChatRoom
from app.protocol import ns
from app.protocol.element import Element, add, copy, make
from app.protocol.xmlio import serialise

PREFIX: Final = "urn:xmpp:mucsub:nodes:"
MESSAGES: Final = PREFIX + "messages"
SUBJECT: Final = PREFIX + "subject"
AFFILIATIONS: Final = PREFIX + "affiliations"
CONFIG: Final = PREFIX + "config"
PARTICIPANTS: Final = PREFIX + "participants"
PRESENCE: Final = PREFIX + "presence"
SUBSCRIBERS: Final = PREFIX + "subscribers"
SYSTEM: Final = PREFIX + "system"
NODES: Final = (
    MESSAGES,
    AFFILIATIONS,
    CONFIG,
    PARTICIPANTS,
    PRESENCE,
    SUBJECT,
    SUBSCRIBERS,
    SYSTEM,
)
#: What is worth telling only to those who are there.
FLEETING: Final = frozenset({PARTICIPANTS, PRESENCE})
#: The end of a room is told by the first of these that somebody hears of.
OF_THE_END: Final = (CONFIG, SYSTEM)

PUBSUB_EVENT: Final = "http://jabber.org/protocol/pubsub#event"


def event_of(room: str, node: str, item_id: str, shown: Element) -> Element:
    """What is shown, as an item of the room's node; to nobody yet."""
    message = make("message", ns.CLIENT, {"from": room})
    items = add(add(message, "event", PUBSUB_EVENT), "items", attributes={"node": node})
    inner = copy(shown)
    # What was told to occupants has been addressed.
    inner.attrib.pop("to", None)
    add(items, "item", attributes={"id": item_id}).append(inner)
    if node in FLEETING:
        add(message, "no-store", ns.HINTS)
    return message


def destruction(reason: str, alternate: str, password: str = "") -> Element:
    """XEP-0045 10.9: why the room is no more, and where to go."""
    element = make("destroy", ns.MUC_USER)
    if alternate:
        element.set("jid", alternate)
    if reason:
        add(element, "reason", text=reason)
    if password:
        add(element, "password", text=password)
    return element


def end_of(room: str, destroyed: Element) -> Element:
    """The presence by which subscribers hear of the end."""
    presence = make("presence", ns.CLIENT, {"from": room, "type": "unavailable"})
    x = add(presence, "x", ns.MUC_USER)
    add(x, "item", attributes={"affiliation": "none", "role": "none"})
    x.append(copy(destroyed))
    return presence


async def tell_end(ctx: Ctx, rooms: Sequence[ChatRoom], reason: str, alternate: str = "") -> None:
    """Who subscribes to one of the rooms hears once that it is destroyed, by the spool.

    Its occupants hear so from the gateway that has it. For processes without sockets, and before
    the rows are gone.
    """
    if not rooms:
        return
    heard = await SubscriberRepository(ctx).of_rooms([room.id for room in rooms])
    if not heard:
        return
    addresses = {room.id: room.jid for room in rooms}
    inside = await rooms_seats.accounts_in(ctx, list(addresses.values()))
    letters = []
    for row in heard:
        room = addresses[row.room_id]
        node = next((node for node in OF_THE_END if node in row.nodes), None)
        if node is None or row.jid in inside[room]:
            continue
        item_id = str(ctx.ids.uuid7())
        message = event_of(room, node, item_id, end_of(room, destruction(reason, alternate)))
        message.set("to", row.jid)
        letters.append(Letter(row.jid, item_id, serialise(message)))
    await hold_many(ctx, letters)
