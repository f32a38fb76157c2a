"""XEP-0115 Entity Capabilities: the server's own (6.1), and what clients can do, asked once a version (6.2).

Personal eventing sends only what a client says that it wants (`node+notify`).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import asdict, dataclass
from typing import Final

from app.protocol import ns
from app.protocol.element import Element, child, children, make
from app.protocol.stanza import IQ
from app.xmpp.capstring import HASHES, verification
from app.xmpp.hooks import (
    HANDLED,
    CapsLearned,
    PresenceFromSession,
    SessionParked,
    SessionRevived,
    StanzaFromSession,
)
from app.xmpp.module import Host, Implements
from app.xmpp.modules.disco import describe
from app.xmpp.session import Session

IMPLEMENTS = Implements("XEP-0115", "1.6.0")

NODE: Final = "urn:samvad:server"
#: Versions that are remembered, and features of one.
MAX_KNOWN: Final = 2000
MAX_FEATURES: Final = 500
#: In the ids of our questions.
PREFIX: Final = "caps-"


@dataclass(frozen=True, slots=True)
class Caps:
    """What a client's presence says of its features."""

    node: str
    ver: str
    hash: str

    @property
    def full(self) -> str:
        """The node to ask about (6.2)."""
        return f"{self.node}#{self.ver}"


def setup(host: Host) -> None:
    learner = Learner(host)
    host.feature(ns.CAPS)
    host.feature(ns.CAPS, target="account")
    host.stream_feature(learner.own)
    host.on(PresenceFromSession, learner.seen, priority=45)
    host.on(StanzaFromSession, learner.answered, priority=15)
    host.on(SessionParked, park)
    host.on(SessionRevived, revive)


async def park(event: SessionParked) -> None:
    """XEP-0198 5: what the client wants to have goes along, and what it was asked."""
    data = event.session.data
    if "caps" in data:
        features = data.get("features")
        event.state["caps"] = {
            "caps": asdict(data["caps"]),
            "features": None if features is None else sorted(features),
            "asked": data.get("caps_asked"),
        }


async def revive(event: SessionRevived) -> None:
    """XEP-0198 5."""
    kept, data = event.state.get("caps"), event.session.data
    if kept is None:
        return
    data["caps"] = Caps(**kept["caps"])
    if kept["features"] is not None:
        data["features"] = frozenset(kept["features"])
    if kept["asked"] is not None:
        data["caps_asked"] = kept["asked"]


class Learner:
    """Features by version."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._known: OrderedDict[Caps, frozenset[str]] = OrderedDict()
        self._own: str | None = None

    def own(self) -> Element:
        """6.1: the server's features, told once for each stream."""
        if self._own is None:
            self._own = verification(describe(self._host, "domain"))
        return make("c", ns.CAPS, {"hash": "sha-1", "node": NODE, "ver": self._own})

    async def seen(self, event: PresenceFromSession) -> None:
        """6.2: a version that nobody told yet is asked for, once a session."""
        session = event.session
        found = child(event.stanza, "c", ns.CAPS)
        if not session.is_available or found is None:
            return
        caps = Caps(found.get("node", ""), found.get("ver", ""), found.get("hash", ""))
        if session.data.get("caps") == caps:
            return
        session.data["caps"] = caps
        known = self._known.get(caps)
        if known is not None:
            # Presence comes first; what the client wants to have is told after it.
            session.data["features"] = known
            self._host.spawn(self._host.tell(CapsLearned(session)), "caps")
            return
        self._ask(session, caps)

    def _ask(self, session: Session, caps: Caps) -> None:
        id_ = f"{PREFIX}{self._host.services.ids.token(6)}"
        session.data["caps_asked"] = id_
        addresses = {"from": session.jid.domain, "to": str(session.jid), "type": "get", "id": id_}
        query = make("query", ns.DISCO_INFO, {"node": caps.full})
        self._host.deliver(session, make("iq", ns.CLIENT, addresses, query))

    async def answered(self, event: StanzaFromSession) -> object | None:
        """The answer holds for every client of the version when its hash says so (5.4)."""
        session, stanza = event.session, event.stanza
        id_ = session.data.get("caps_asked")
        if stanza.tag != IQ or id_ is None or stanza.get("id") != id_:
            return None
        if stanza.get("type") not in {"result", "error"}:
            return None
        del session.data["caps_asked"]
        caps: Caps = session.data["caps"]
        info = child(stanza, "query", ns.DISCO_INFO)
        if info is None:
            return HANDLED
        features = frozenset(f.get("var", "") for f in children(info, "feature"))
        if len(features) > MAX_FEATURES:
            return HANDLED
        session.data["features"] = features
        if caps.hash in HASHES and verification(info, caps.hash) == caps.ver:
            self._remember(caps, features)
        await self._host.tell(CapsLearned(session))
        return HANDLED

    def _remember(self, caps: Caps, features: frozenset[str]) -> None:
        if len(self._known) >= MAX_KNOWN:
            self._known.popitem(last=False)
        self._known[caps] = features
