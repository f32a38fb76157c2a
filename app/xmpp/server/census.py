"""What this node tells processes without sockets of its sessions, and does with them.

The asking side is `app.domain.chat.sessions`.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, Final

from app.domain.chat import sessions, wrong_logins
from app.protocol.element import child_text
from app.protocol.jid import Jid
from app.protocol.xmlio import parse
from app.xmpp.hooks import SessionBound, SessionResumed
from app.xmpp.server.connection import Connection
from app.xmpp.server.managed import Managed
from app.xmpp.server.router import Place
from app.xmpp.session import Session

if TYPE_CHECKING:
    from app.xmpp.server.gateway import Gateway

#: RFC 6120 4.9.3.14: an administrator ends the stream.
KICKED: Final = "policy-violation"
_SINCE: Final = "since"


class Census:
    """One for each gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        gateway.on(SessionBound, self._note)
        gateway.on(SessionResumed, self._note)
        for kind, answer in (
            (sessions.LIST, self.list_some),
            (sessions.COUNT, self.count),
            (sessions.KICK, self.kick),
            (sessions.ACT, self.act),
            (sessions.FORGIVE, self.forgive),
        ):
            gateway.bus.on_command(kind, answer)

    async def list_some(self, question: dict[str, Any]) -> list[dict[str, Any]]:
        """The sessions that are asked for, by address."""
        found = [one for one in self._find(question) if str(one.jid) > question["after"]]
        ordered = sorted(found, key=lambda one: str(one.jid))
        return [self._shown(one) for one in ordered[: int(question["limit"])]]

    async def count(self, question: dict[str, Any]) -> int:
        """How many there are."""
        return sum(1 for _ in self._find(question))

    async def kick(self, question: dict[str, Any]) -> list[str]:
        """The session, or each of the account's, is told to go; gives which."""
        to = Jid.parse(question["to"])
        found = [
            one
            for one in self._gateway.sessions.online(to.bare)
            if one.org_id == question["org"] and (to.is_bare or one.jid == to)
        ]
        for session in found:
            session.close(KICKED, question["text"])
        return [str(session.jid) for session in found]

    async def act(self, question: dict[str, Any]) -> bool:
        """The stanza is dealt with as if the session's client had sent it; whether it is here."""
        session = self._gateway.sessions.find(Jid.parse(question["to"]))
        if session is None or session.org_id != question["org"]:
            return False
        await self._gateway.inbound.take(session, parse(question["text"]))
        return True

    async def forgive(self, question: dict[str, Any]) -> int:
        """Wrong logins from the network are forgotten; how many addresses were refused."""
        network = ip_network(question["network"])
        return self._gateway.attempts.addresses.forgive(
            lambda key: wrong_logins.is_in(str(key), network)
        )

    async def _note(self, event: SessionBound | SessionResumed) -> None:
        event.session.data.setdefault(_SINCE, self._gateway.services.clock.now())

    def _find(self, question: dict[str, Any]) -> Iterator[Session]:
        bare = Jid.find(question["bare"])
        known = self._gateway.sessions
        for session in known.online(bare.bare) if bare is not None else known:
            if session.org_id != question["org"]:
                continue
            if question["domain"] not in ("", session.jid.domain):
                continue
            if question["show"] in ("", _show_of(session)):
                yield session

    def _shown(self, session: Session) -> dict[str, Any]:
        outlet = session.outlet
        client = outlet.connection if isinstance(outlet, Managed) else outlet
        socket = client.transport if isinstance(client, Connection) else None
        presence, now = session.presence, self._gateway.services.clock.now()
        status = child_text(presence, "status") if presence is not None else ""
        is_room, rooms = self._is_room, session.directed
        return {
            "jid": str(session.jid),
            "node": self._gateway.node,
            "connection": socket.kind if socket is not None else "",
            "ip": socket.address if socket is not None else "",
            "port": socket.port if socket is not None else 0,
            "priority": None if presence is None else session.priority,
            "show": _show_of(session),
            "status": status or "",
            "since": session.data.get(_SINCE, now).isoformat(),
            "rooms": sorted(str(to) for to in rooms if not to.is_bare and is_room(to)),
        }

    def _is_room(self, to: Jid) -> bool:
        return self._gateway.place_of(to) is Place.ROOM


def _show_of(session: Session) -> str | None:
    if session.presence is None:
        return None
    return child_text(session.presence, "show") or "available"
