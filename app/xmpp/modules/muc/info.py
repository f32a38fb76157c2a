"""XEP-0045 6.4, 6.5 and XEP-0030: what a room says of itself."""

from __future__ import annotations

from app.protocol import ns
from app.protocol.element import Element, make
from app.protocol.forms import Field, form
from app.xmpp.modules.muc.room import Room

#: 6.4: how every room of ours is.
FEATURES = (
    ns.MUC,
    ns.DISCO_INFO,
    ns.STANZA_IDS,
    "muc_persistent",
    "muc_hidden",
    "muc_open",
    "muc_unmoderated",
    "muc_semianonymous",
    "muc_unsecured",
)


def describe(room: Room | None, name: str) -> Element:
    """disco#info of a room, with the number of its occupants."""
    query = make("query", ns.DISCO_INFO)
    query.append(
        make("identity", ns.DISCO_INFO, {"category": "conference", "type": "text", "name": name})
    )
    for feature in sorted(FEATURES):
        query.append(make("feature", ns.DISCO_INFO, {"var": feature}))
    count = Field("muc#roominfo_occupants", (str(len(room.occupants) if room else 0),))
    subject = Field("muc#roominfo_subject", (room.subject if room else "",))
    query.append(form("result", "http://jabber.org/protocol/muc#roominfo", [count, subject]))
    return query
