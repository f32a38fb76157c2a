"""Where a module may take part: one event class for each point, handlers in order of priority.

A handler is `async def handler(event) -> object | None`. The first answer other than None
ends the run: the stanza is dealt with (`HANDLED`) and nobody after it is asked. Lower
priority is earlier; handlers of one priority run in the order of registration.

Customary priorities: 10 refuse (blocking), 20 stamp and strip, 30 archive, 40 carbons,
50 ordinary, 90 last resort (offline storage, errors).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from app.protocol.element import Element
from app.protocol.jid import Jid

if TYPE_CHECKING:
    from app.domain.chat.archive import Kept
    from app.xmpp.session import Session

#: The kind of FromElsewhere that says: the bus is back, and something may have been missed.
CAUGHT_UP: Final = "caught-up"
#: What a handler returns to say: this is dealt with, ask nobody else.
HANDLED: Final = True


@dataclass(slots=True)
class SessionBound:
    """A resource is bound (RFC 6120 7); no presence has been sent yet."""

    session: Session


@dataclass(slots=True)
class SessionClosed:
    """A session has ended and is no longer listed; `session.presence` is what it last was."""

    session: Session


@dataclass(slots=True)
class SessionDetached:
    """The client's socket is gone and may come back (XEP-0198 5). The session stays available."""

    session: Session


@dataclass(slots=True)
class NodeLost:
    """A node was killed, and these sessions with it. Every node is told; one of them also says in
    the sessions' names that they are unavailable, with `SessionClosed` for each."""

    node: str
    sessions: Sequence[Jid]


@dataclass(slots=True)
class SessionParked:
    """The session leaves this node, and may go on at another. What a module puts into `state` under
    its name, as JSON, `SessionRevived` has there. `SessionClosed` does not follow on this node."""

    session: Session
    state: dict[str, Any]


@dataclass(slots=True)
class SessionRevived:
    """A session that was parked goes on at this node as a new object, which is not listed yet.
    What a module put into `state` by `SessionParked` it takes from there."""

    session: Session
    state: dict[str, Any]


@dataclass(slots=True)
class SessionResumed:
    """The client is back. `state` is None on the node that it left, else what was parked: there
    `session` is a new object, and modules that keep sessions learn of it here."""

    session: Session
    state: dict[str, Any] | None


@dataclass(slots=True)
class StanzasAcked:
    """The client of a managed session has every stanza up to the number `h` (XEP-0198 4)."""

    session: Session
    h: int


@dataclass(slots=True)
class StanzasUnacked:
    """A managed session is no longer listed, and the client may not have these. `SessionClosed`
    follows: what a session was owed is kept before anything that comes after it.

    Each is a stanza as it was written, and when (UTC); `first` is the number of the first one.
    """

    session: Session
    stanzas: Sequence[tuple[str, datetime]]
    first: int


@dataclass(slots=True)
class MessagesLeft:
    """Messages that a client may not have wait for the account. Whoever keeps them gives `HANDLED`
    once they are committed; those for the same account that come later stay behind them."""

    session: Session
    #: Id, stanza, and when it was sent.
    messages: Sequence[tuple[str, str, datetime]]


@dataclass(slots=True)
class ElementFromSession:
    """An element of an extension that is no stanza. Unhandled, it ends the stream."""

    session: Session
    element: Element


@dataclass(slots=True)
class StanzaFromSession:
    """A client's stanza before routing. `from` is stamped, `to` is None where the client named none."""

    session: Session
    stanza: Element
    to: Jid | None


@dataclass(slots=True)
class PresenceFromSession:
    """A client's presence without `to`: initial, changed or unavailable (RFC 6121 4.2, 4.4, 4.5).

    `session.presence` and `session.priority` are already the new ones; `was` is the one before.
    """

    session: Session
    stanza: Element
    was: Element | None


@dataclass(slots=True)
class PresenceToAccount:
    """A presence for a bare address of ours: subscription traffic, a probe, or directed presence."""

    session: Session | None
    stanza: Element
    sender: Jid
    to: Jid


@dataclass(slots=True)
class MessageToBare:
    """A message for a bare address of ours, before RFC 6121 8.5.2 chooses the resources.

    `session` is the sender's on this node, None when the message came from elsewhere.
    """

    session: Session | None
    stanza: Element
    sender: Jid
    to: Jid


@dataclass(slots=True)
class MessageToFull:
    """A message for a full address of ours, before delivery (RFC 6121 8.5.3)."""

    session: Session | None
    stanza: Element
    sender: Jid
    to: Jid


@dataclass(slots=True)
class MessageToOffline:
    """A message that no resource can take (RFC 6121 8.5.2.2). Unhandled, it ends in an error or is dropped."""

    session: Session | None
    stanza: Element
    sender: Jid
    to: Jid


@dataclass(slots=True)
class MessageDelivered:
    """A message went to these sessions of this node. Every handler is told; answers do not matter."""

    session: Session | None
    stanza: Element
    sender: Jid
    to: Jid
    recipients: tuple[Session, ...]


@dataclass(slots=True)
class IqUnanswered:
    """An iq get or set for us that no `answer_iq` takes. Unhandled, it ends in service-unavailable."""

    session: Session | None
    stanza: Element
    sender: Jid
    to: Jid


@dataclass(slots=True)
class StanzaToDomain:
    """A message or presence for the domain itself."""

    session: Session | None
    stanza: Element
    sender: Jid
    to: Jid


@dataclass(slots=True)
class StanzaToRoom:
    """Any stanza for a room, an occupant or the room service, iq included."""

    session: Session | None
    stanza: Element
    sender: Jid
    to: Jid


@dataclass(slots=True)
class StanzaToOrg:
    """A message or presence for an organization's address (`shortcode@domain`).

    `kept` is the sender's own copy for his archive; who takes the stanza stores it with what it says.
    """

    session: Session | None
    stanza: Element
    sender: Jid
    to: Jid
    kept: Kept | None = None


@dataclass(slots=True)
class SpoolNudge:
    """Another process has put stanzas for this account into the spool. Every node is told."""

    account_id: int


@dataclass(slots=True)
class FromElsewhere:
    """Another node or process said something to the modules of every node (`Host.tell_nodes`)."""

    kind: str
    data: dict[str, Any]


@dataclass(slots=True)
class CapsLearned:
    """What this session's client can do is known (XEP-0115); `session.data["features"]` has it."""

    session: Session


@dataclass(slots=True)
class DomainDescribed:
    """XEP-0030 3.1: what is said of this domain; handlers may change it where domains differ."""

    domain: str
    query: Element


@dataclass(slots=True)
class InboxAsked:
    """Somebody reads his inbox: what this node knows of its conversations is to be written now."""


@dataclass(slots=True)
class MessagesKept:
    """These messages are in the archives of accounts of one organization, and committed."""

    org_id: int
    kept: Sequence[Kept]


Event = TypeVar("Event")
Handler = Callable[[Event], Awaitable[Any]]


class Hooks:
    """Which handlers take part at which point."""

    def __init__(self) -> None:
        self._handlers: dict[type[Any], list[tuple[int, Handler[Any]]]] = defaultdict(list)

    def on(self, point: type[Event], handler: Handler[Event], priority: int = 50) -> None:
        """From now on `handler` is asked at `point`."""
        handlers = self._handlers[point]
        handlers.append((priority, handler))
        handlers.sort(key=lambda entry: entry[0])

    async def run(self, event: object) -> Any:
        """The first answer other than None, or None when nobody took it."""
        for _, handler in self._handlers.get(type(event), ()):
            answer = await handler(event)
            if answer is not None:
                return answer
        return None

    async def tell(self, event: object) -> None:
        """Everybody at the point has been told, whatever they answered."""
        for _, handler in self._handlers.get(type(event), ()):
            await handler(event)

    def has(self, point: type[Any]) -> bool:
        """Whether anybody takes part."""
        return bool(self._handlers.get(point))
