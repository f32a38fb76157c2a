"""Namespaces of the specifications that the server speaks."""

from __future__ import annotations

from typing import Final

# RFC 6120, RFC 6121, RFC 7395
CLIENT: Final = "jabber:client"
STREAM: Final = "http://etherx.jabber.org/streams"
STREAMS: Final = "urn:ietf:params:xml:ns:xmpp-streams"
STANZAS: Final = "urn:ietf:params:xml:ns:xmpp-stanzas"
SASL: Final = "urn:ietf:params:xml:ns:xmpp-sasl"
TLS: Final = "urn:ietf:params:xml:ns:xmpp-tls"
BIND: Final = "urn:ietf:params:xml:ns:xmpp-bind"
SESSION: Final = "urn:ietf:params:xml:ns:xmpp-session"
FRAMING: Final = "urn:ietf:params:xml:ns:xmpp-framing"
ROSTER: Final = "jabber:iq:roster"
ROSTER_VERSIONING: Final = "urn:xmpp:features:rosterver"
PRE_APPROVAL: Final = "urn:xmpp:features:pre-approval"
XML: Final = "http://www.w3.org/XML/1998/namespace"

# XEPs, in the order of their numbers
DATA_FORMS: Final = "jabber:x:data"  # XEP-0004
LAST_ACTIVITY: Final = "jabber:iq:last"  # XEP-0012
DISCO_INFO: Final = "http://jabber.org/protocol/disco#info"  # XEP-0030
DISCO_ITEMS: Final = "http://jabber.org/protocol/disco#items"  # XEP-0030
MUC: Final = "http://jabber.org/protocol/muc"  # XEP-0045
MUC_USER: Final = "http://jabber.org/protocol/muc#user"  # XEP-0045
MUC_ADMIN: Final = "http://jabber.org/protocol/muc#admin"  # XEP-0045
MUC_OWNER: Final = "http://jabber.org/protocol/muc#owner"  # XEP-0045
PRIVATE: Final = "jabber:iq:private"  # XEP-0049
VCARD: Final = "vcard-temp"  # XEP-0054
RSM: Final = "http://jabber.org/protocol/rsm"  # XEP-0059
PUBSUB: Final = "http://jabber.org/protocol/pubsub"  # XEP-0060
OOB: Final = "jabber:x:oob"  # XEP-0066
GEOLOC: Final = "http://jabber.org/protocol/geoloc"  # XEP-0080
CHAT_STATES: Final = "http://jabber.org/protocol/chatstates"  # XEP-0085
VERSION: Final = "jabber:iq:version"  # XEP-0092
CAPS: Final = "http://jabber.org/protocol/caps"  # XEP-0115
RECEIPTS: Final = "urn:xmpp:receipts"  # XEP-0184
BLOCKING: Final = "urn:xmpp:blocking"  # XEP-0191
STREAM_MANAGEMENT: Final = "urn:xmpp:sm:3"  # XEP-0198
PING: Final = "urn:xmpp:ping"  # XEP-0199
TIME: Final = "urn:xmpp:time"  # XEP-0202
DELAY: Final = "urn:xmpp:delay"  # XEP-0203
DIRECT_INVITE: Final = "jabber:x:conference"  # XEP-0249
CARBONS: Final = "urn:xmpp:carbons:2"  # XEP-0280
FORWARD: Final = "urn:xmpp:forward:0"  # XEP-0297
CORRECTION: Final = "urn:xmpp:message-correct:0"  # XEP-0308
MAM: Final = "urn:xmpp:mam:2"  # XEP-0313
CHAT_MARKERS: Final = "urn:xmpp:chat-markers:0"  # XEP-0333
#: XEP-0333 5: the markers that say that a message was seen; the second is of older versions.
READ_MARKERS: Final = ("displayed", "acknowledged")
HINTS: Final = "urn:xmpp:hints"  # XEP-0334
CSI: Final = "urn:xmpp:csi:0"  # XEP-0352
STANZA_IDS: Final = "urn:xmpp:sid:0"  # XEP-0359
BIND2: Final = "urn:xmpp:bind:0"  # XEP-0386
SASL2: Final = "urn:xmpp:sasl:2"  # XEP-0388
RETRACTION: Final = "urn:xmpp:message-retract:1"  # XEP-0424
FALLBACK: Final = "urn:xmpp:fallback:0"  # XEP-0428
QUICK_RESPONSE: Final = "urn:xmpp:tmp:quick-response"  # XEP-0439
REACTIONS: Final = "urn:xmpp:reactions:0"  # XEP-0444
REPLY: Final = "urn:xmpp:reply:0"  # XEP-0461
FAST: Final = "urn:xmpp:fast:0"  # XEP-0484
