"""Where a stanza goes: RFC 6120 10 and RFC 6121 8.

A stanza for one of our domains belongs to the domain itself, a room, an organization or an
account. Modules take part through hooks; what they leave is delivered by the tables here.
Local delivery reads memory only: no query, no round trip.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from enum import StrEnum
from typing import Any, Final

import structlog

from app.core.errors import AppError
from app.protocol.element import Element, namespace_of
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid
from app.protocol.stanza import (
    IQ,
    MESSAGE,
    PRESENCE,
    error_reply,
    iq_type,
    is_request,
    may_be_answered,
    message_type,
    reply,
    request_child,
)
from app.protocol.xmlio import serialise
from app.xmpp.hooks import (
    Hooks,
    IqUnanswered,
    MessageDelivered,
    MessageToBare,
    MessageToFull,
    MessageToOffline,
    PresenceToAccount,
    StanzaToDomain,
    StanzaToOrg,
    StanzaToRoom,
)
from app.xmpp.module import Iq, IqHandler
from app.xmpp.server.sessions import RemoteSession, SessionRegistry
from app.xmpp.session import Session

log = structlog.get_logger()


class Place(StrEnum):
    """What an address is."""

    DOMAIN = "domain"
    ROOM = "room"
    ORG = "org"
    ACCOUNT = "account"
    ELSEWHERE = "elsewhere"


#: RFC 6121 8.5.2 and 8.5.3: what becomes of a message that no resource can take.
class Untaken(StrEnum):
    """The fate of a message without a taker."""

    OFFLINE = "offline"  # kept, or refused where nothing keeps it
    REFUSED = "refused"
    DROPPED = "dropped"


#: RFC 6121 8.5.2.2.1: the account has no resource that takes messages.
NO_RESOURCE: Final = {
    "normal": Untaken.OFFLINE,
    "chat": Untaken.OFFLINE,
    "groupchat": Untaken.REFUSED,
    "headline": Untaken.DROPPED,
    "error": Untaken.DROPPED,
}
#: RFC 6121 8.5.3.2.1: no such resource. A chat message goes to the account instead.
NO_SUCH_RESOURCE: Final = {**NO_RESOURCE, "normal": Untaken.REFUSED}
#: RFC 6121 8.5.2.1.1: what goes to the resources of an account that was addressed as such.
TAKEN_BY_ACCOUNTS: Final = frozenset({"normal", "chat", "headline"})
#: RFC 6121 3: presence that concerns accounts, not resources.
SUBSCRIPTION_TYPES: Final = frozenset(
    {"subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe"}
)

#: Sends ready text to a session of another node.
SendRemote = Callable[[RemoteSession, str], Awaitable[None]]


class Router:
    """The rules of delivery, over one registry of sessions."""

    def __init__(
        self,
        hooks: Hooks,
        sessions: SessionRegistry,
        *,
        place_of: Callable[[Jid], Place],
        send_remote: SendRemote,
    ) -> None:
        self._hooks = hooks
        self._sessions = sessions
        self.place_of = place_of
        self._send_remote = send_remote
        self._iq_handlers: dict[tuple[str, str, str], IqHandler] = {}

    def answer_iq(self, type: str, namespace: str, handler: IqHandler, target: str) -> None:
        """`handler` answers such requests from now on."""
        places = ("domain", "account", "org") if target == "any" else (target,)
        for place in places:
            key = type, namespace, place
            assert key not in self._iq_handlers, f"two modules answer {key}"
            self._iq_handlers[key] = handler

    async def route(
        self, stanza: Element, sender: Jid, to: Jid, session: Session | None = None
    ) -> None:
        """The stanza has been dealt with; a refusal has been sent to `sender`."""
        try:
            await _ROADS[self.place_of(to)](self, stanza, sender, to, session)
        except StanzaError as error:
            await self.refuse(stanza, sender, error, session)
        except AppError as refusal:
            condition = StanzaError(refusal.condition, text=refusal.message)
            await self.refuse(stanza, sender, condition, session)

    async def refuse(
        self, stanza: Element, sender: Jid, error: StanzaError, session: Session | None = None
    ) -> None:
        """The error has been sent to the stanza's sender, unless an error may not answer it."""
        # RFC 6121 4.3.2 and 4.6: presence goes unanswered, but for rooms, which answer by themselves.
        if stanza.tag == PRESENCE and stanza.get("type") in {"unavailable", "probe"}:
            return
        if may_be_answered(stanza):
            await self.answer(error_reply(stanza, error), sender, session)

    async def answer(self, stanza: Element, to: Jid, session: Session | None = None) -> None:
        """The server's own answer has gone to one resource and past every hook."""
        if session is not None and to in {session.jid, session.jid.bare}:
            session.send(stanza)
        elif not to.is_bare:
            await self.deliver_full(to, stanza)
        elif self.place_of(to) in {Place.ORG, Place.ROOM} and stanza.get("type") == "error":
            await self.route(stanza, Jid.parse(stanza.get("from", to.domain)), to)

    async def deliver_full(self, full: Jid, stanza: Element | str) -> bool:
        """The stanza is on its way to that resource. False: there is none."""
        local = self._sessions.find(full)
        if local is not None:
            local.send(stanza)
            return True
        remote = self._sessions.find_remote(full)
        if remote is None:
            return False
        text = stanza if isinstance(stanza, str) else serialise(stanza)
        await self._send_remote(remote, text)
        return True

    async def missed(self, stanza: Element, gone: Jid) -> None:
        """What was on its way to a resource that is gone is dealt with as if it had never been there.

        Another resource that was sent it along with the one that is gone is not sent it again.
        """
        sender, to = Jid.find(stanza.get("from")), Jid.find(stanza.get("to"))
        here = self._sessions.find(gone)
        if here is not None:
            here.send(stanza)
            return
        if sender is None or to is None or to.bare != gone.bare:
            return
        kind = message_type(stanza) if stanza.tag == MESSAGE else ""
        others = [s for s in self._takers(to.bare) if s.jid != gone]
        try:
            if is_request(stanza):
                raise StanzaError("service-unavailable")
            if not kind or (others and to.is_bare):
                return
            if others and kind == "chat":
                for other in others:
                    await self.deliver_full(other.jid, stanza)
                return
            untaken = NO_RESOURCE if to.is_bare else NO_SUCH_RESOURCE
            await self._untaken(untaken[kind], MessageToOffline(None, stanza, sender, to))
        except StanzaError as error:
            await self.refuse(stanza, sender, error)

    def _takers(self, bare: Jid) -> list[Session | RemoteSession]:
        """RFC 6121 8.5.2.1.1: the account's resources that take messages, on any node."""
        found: list[Session | RemoteSession] = list(self._sessions.available(bare))
        found += self._sessions.remote(bare)
        return [one for one in found if one.priority is not None and one.priority >= 0]

    async def _to_elsewhere(
        self, stanza: Element, sender: Jid, to: Jid, session: Session | None
    ) -> None:
        raise StanzaError("remote-server-not-found", text="This server speaks with no other.")

    async def _to_domain(
        self, stanza: Element, sender: Jid, to: Jid, session: Session | None
    ) -> None:
        if stanza.tag == IQ:
            await self._answer_request(stanza, sender, to, session, Place.DOMAIN)
            return
        if await self._hooks.run(StanzaToDomain(session, stanza, sender, to)) is None:
            raise StanzaError("service-unavailable")

    async def _to_room(
        self, stanza: Element, sender: Jid, to: Jid, session: Session | None
    ) -> None:
        if is_request(stanza) and to.is_bare:
            child = request_child(stanza)
            if (str(stanza.get("type")), namespace_of(child), "room") in self._iq_handlers:
                await self._answer_request(stanza, sender, to, session, Place.ROOM)
                return
        if await self._hooks.run(StanzaToRoom(session, stanza, sender, to)) is None:
            raise StanzaError("service-unavailable")

    async def _to_org(self, stanza: Element, sender: Jid, to: Jid, session: Session | None) -> None:
        if stanza.tag == IQ:
            await self._answer_request(stanza, sender, to, session, Place.ORG)
            return
        if await self._hooks.run(StanzaToOrg(session, stanza, sender, to)) is None:
            raise StanzaError("service-unavailable")

    async def _to_account(
        self, stanza: Element, sender: Jid, to: Jid, session: Session | None
    ) -> None:
        if stanza.tag == MESSAGE:
            await self._message(stanza, sender, to, session)
        elif stanza.tag == PRESENCE:
            await self._presence(stanza, sender, to, session)
        elif to.is_bare:
            await self._answer_request(stanza, sender, to, session, Place.ACCOUNT)
        elif not await self.deliver_full(to, stanza):
            # RFC 6121 8.5.3.2.3.
            raise StanzaError("service-unavailable")

    async def _message(
        self, stanza: Element, sender: Jid, to: Jid, session: Session | None
    ) -> None:
        kind = message_type(stanza)
        untaken = NO_RESOURCE
        if to.is_bare:
            event: MessageToBare | MessageToFull = MessageToBare(session, stanza, sender, to)
            if await self._hooks.run(event) is not None:
                return
        else:
            event = MessageToFull(session, stanza, sender, to)
            if await self._hooks.run(event) is not None:
                return
            local = self._sessions.find(to)
            if await self.deliver_full(to, stanza):
                await self._tell_delivered(session, stanza, sender, to, [local] if local else [])
                return
            untaken = NO_SUCH_RESOURCE
        is_for_account = (to.is_bare and kind in TAKEN_BY_ACCOUNTS) or kind == "chat"
        if is_for_account and await self._message_to_resources(stanza, sender, to, session):
            return
        await self._untaken(untaken[kind], MessageToOffline(session, stanza, sender, to))

    async def _message_to_resources(
        self, stanza: Element, sender: Jid, to: Jid, session: Session | None
    ) -> bool:
        """RFC 6121 8.5.2.1.1: every resource of the account that takes messages has it."""
        bare = to.bare
        local = [s for s in self._sessions.available(bare) if s.priority >= 0]
        remote = [
            r for r in self._sessions.remote(bare) if r.priority is not None and r.priority >= 0
        ]
        if not local and not remote:
            return False
        text = serialise(stanza)
        for recipient in local:
            recipient.send(text)
        for elsewhere in remote:
            await self._send_remote(elsewhere, text)
        await self._tell_delivered(session, stanza, sender, to, local)
        return True

    async def _tell_delivered(
        self,
        session: Session | None,
        stanza: Element,
        sender: Jid,
        to: Jid,
        recipients: Iterable[Session],
    ) -> None:
        if self._hooks.has(MessageDelivered):
            event = MessageDelivered(session, stanza, sender, to, tuple(recipients))
            await self._hooks.tell(event)

    async def _untaken(self, fate: Untaken, event: MessageToOffline) -> None:
        if fate is Untaken.DROPPED:
            return
        if fate is Untaken.OFFLINE and await self._hooks.run(event) is not None:
            return
        raise StanzaError("service-unavailable")

    async def _presence(
        self, stanza: Element, sender: Jid, to: Jid, session: Session | None
    ) -> None:
        kind = stanza.get("type")
        if not to.is_bare and kind not in SUBSCRIPTION_TYPES:
            # RFC 6121 8.5.3: to that resource, or nowhere.
            await self.deliver_full(to, stanza)
            return
        event = PresenceToAccount(session, stanza, sender, to.bare)
        if await self._hooks.run(event) is not None or kind in SUBSCRIPTION_TYPES:
            return
        # RFC 6121 8.5.2.1.2: to every available resource.
        text = serialise(stanza)
        for recipient in self._sessions.available(to.bare):
            recipient.send(text)
        for elsewhere in self._sessions.remote(to.bare):
            if elsewhere.priority is not None:
                await self._send_remote(elsewhere, text)

    async def _answer_request(
        self, stanza: Element, sender: Jid, to: Jid, session: Session | None, place: Place
    ) -> None:
        """RFC 6120 8.2.3: a request has exactly one answer; a result or error ends here."""
        kind = iq_type(stanza)
        if kind in {"result", "error"}:
            return
        child = request_child(stanza)
        handler = self._iq_handlers.get((kind, namespace_of(child), place))
        if handler is None:
            if await self._hooks.run(IqUnanswered(session, stanza, sender, to)) is None:
                raise StanzaError("service-unavailable")
            return
        iq = Iq(stanza, child, kind, stanza.get("id", ""), sender, to, session)
        result = await handler(iq)
        await self.answer(reply(stanza, *_payloads(result)), sender, session)


def _payloads(result: Element | Iterable[Element] | None) -> Iterable[Element]:
    if result is None:
        return ()
    return (result,) if isinstance(result, Element) else result


Road = Callable[[Router, Element, Jid, Jid, Session | None], Awaitable[Any]]

_ROADS: Final[dict[Place, Road]] = {
    Place.DOMAIN: Router._to_domain,
    Place.ROOM: Router._to_room,
    Place.ORG: Router._to_org,
    Place.ACCOUNT: Router._to_account,
    Place.ELSEWHERE: Router._to_elsewhere,
}
