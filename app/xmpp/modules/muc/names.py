"""Namespaces that only rooms use, and the features that every room announces."""

from __future__ import annotations

from typing import Final

from app.protocol import ns

REQUEST: Final = "http://jabber.org/protocol/muc#request"  # XEP-0045 7.13
ROOMCONFIG: Final = "http://jabber.org/protocol/muc#roomconfig"  # XEP-0045 10.2
ROOMINFO: Final = "http://jabber.org/protocol/muc#roominfo"  # XEP-0045 6.4
MUC_REGISTER: Final = "http://jabber.org/protocol/muc#register"  # XEP-0045 7.10
STABLE_ID: Final = "http://jabber.org/protocol/muc#stable_id"  # XEP-0045 7.4
SELF_PING: Final = "http://jabber.org/protocol/muc#self-ping-optimization"  # XEP-0410 3
REGISTER: Final = "jabber:iq:register"  # XEP-0077
OCCUPANT_ID: Final = "urn:xmpp:occupant-id:0"  # XEP-0421
MODERATE: Final = "urn:xmpp:message-moderate:1"  # XEP-0425
RETRACT: Final = "urn:xmpp:message-retract:1"  # XEP-0424
REACTIONS: Final = "urn:xmpp:reactions:0"  # XEP-0444
CAPTCHA: Final = "urn:xmpp:captcha"  # XEP-0158
HATS: Final = "urn:xmpp:hats:0"  # XEP-0317
COMMANDS: Final = "http://jabber.org/protocol/commands"  # XEP-0050
MUCSUB: Final = "urn:xmpp:mucsub:0"
#: XEP-0045 7.12: the node by which somebody asks for his registered nick.
RESERVED_NICK: Final = "x-roomuser-item"

FEATURES: Final = (
    ns.MUC,
    ns.DISCO_INFO,
    ns.DISCO_ITEMS,
    ns.PING,
    ns.STANZA_IDS,
    STABLE_ID,
    SELF_PING,
    OCCUPANT_ID,
    MODERATE,
    REGISTER,
    REQUEST,
    ns.VCARD,
)
