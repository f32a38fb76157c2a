"""What a module is given and what it declares.

A module is one file of `app/xmpp/modules` for one specification:

    \"\"\"XEP-0199 XMPP Ping: answer a ping from a client (4.2).\"\"\"

    IMPLEMENTS = Implements("XEP-0199", "2.0.1")

    def setup(host: Host) -> None:
        host.feature(ns.PING)
        host.answer_iq("get", ns.PING, pong)

    async def pong(iq: Iq) -> None:
        return None  # an empty result is the whole answer

An iq handler returns the payload element of the result, a list of payloads, or None for
an empty result. It may raise StanzaError, or any AppError: its `condition` is the answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from app.protocol.element import Element
from app.protocol.jid import Jid
from app.xmpp.hooks import Event, Handler
from app.xmpp.session import Session, Sessions

if TYPE_CHECKING:
    from app.core.services import Services
    from app.xmpp.circles import Circles
    from app.xmpp.people import People

#: Whom an iq is addressed to. "account": the sender's own or another account's bare address
#: (an iq without `to` is for the own account, RFC 6120 10.3.3); "any": domain, account or org.
Target = Literal["domain", "account", "room", "org", "any"]


@dataclass(frozen=True, slots=True)
class Implements:
    """Which document a module implements, for the table of supported specifications."""

    document: str
    version: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Iq:
    """A request that a module answers."""

    stanza: Element
    #: The one child (RFC 6120 8.2.3).
    child: Element
    type: str
    id: str
    sender: Jid
    to: Jid
    #: The sender's session when it is on this node.
    session: Session | None


#: Obeys an element of a Bind 2 request; the session is bound and has been sent nothing yet.
Bind2 = Callable[[Session, Element], Awaitable[None]]
#: Answers a question of another node, in values that JSON has; None says nothing.
Question = Callable[[dict[str, Any]], Awaitable[Any]]
IqHandler = Callable[[Iq], Awaitable[Element | Iterable[Element] | None]]


class Host(Protocol):
    """The running server, as modules see it."""

    @property
    def services(self) -> Services:
        """Database, Redis, clock, ids and settings of the process."""

    @property
    def domain(self) -> str:
        """The domain of accounts and rooms."""

    @property
    def sessions(self) -> Sessions:
        """Who is connected."""

    @property
    def people(self) -> People:
        """What is remembered of accounts, without a query for each stanza."""

    @property
    def circles(self) -> Circles:
        """Reads whom an account's presence concerns; `circle_of` remembers it."""

    @property
    def node(self) -> str:
        """The name of this gateway process, unique among those that run."""

    def on(self, point: type[Event], handler: Handler[Event], priority: int = 50) -> None:
        """`handler` takes part at a point of `app.xmpp.hooks`."""

    def answer_iq(
        self,
        type: Literal["get", "set"],
        namespace: str,
        handler: IqHandler,
        *,
        target: Target = "account",
    ) -> None:
        """`handler` answers such requests when their child is in `namespace`."""

    def claim(self, kind: Literal["room", "org"], is_address: Callable[[Jid], bool]) -> None:
        """Addresses of our domain for which `is_address` holds get StanzaToRoom or StanzaToOrg."""

    def feature(self, namespace: str, *, target: Target = "domain") -> None:
        """XEP-0030: the namespace is announced for such addresses."""

    def features(self, target: Target) -> list[str]:
        """What `feature` announced for the target, sorted."""

    def identity(
        self, category: str, type: str, name: str = "", *, target: Target = "domain"
    ) -> None:
        """XEP-0030: an identity is announced for such addresses."""

    def identities(self, target: Target) -> list[tuple[str, str, str]]:
        """What `identity` announced: category, type, name."""

    def info_form(self, make: Callable[[], Element], *, target: Target = "domain") -> None:
        """XEP-0128: disco#info of such addresses holds the form that `make` gives."""

    def info_forms(self, target: Target) -> list[Element]:
        """What `info_form` announced."""

    def item(self, jid: str, name: str = "", node: str = "") -> None:
        """XEP-0030: the domain lists this item."""

    def items(self) -> list[tuple[str, str, str]]:
        """What `item` listed: jid, name, node."""

    def stream_feature(self, make: Callable[[], Element]) -> None:
        """The features after login hold what `make` gives (RFC 6120 4.3.2)."""

    def login_feature(self, make: Callable[[Sequence[str]], Element]) -> None:
        """The features before login hold what `make` gives for the mechanisms that are offered."""

    def bind2(self, namespace: str, apply: Bind2) -> None:
        """XEP-0386: a `<bind/>` may hold elements of the namespace, which `apply` obeys."""

    def bind2_features(self) -> list[str]:
        """What `bind2` announced, sorted."""

    async def tell(self, event: object) -> None:
        """Everybody who takes part at the event's point hears of it."""

    async def route(self, stanza: Element) -> None:
        """The stanza goes where `to` says as if its sender had sent it: hooks, delivery, errors.

        `from` and `to` are set. Errors go back to `from`.
        """

    def deliver(self, session: Session, stanza: Element | str) -> None:
        """The stanza goes to this session and past every hook."""

    async def deliver_full(self, full: Jid, stanza: Element | str) -> bool:
        """The stanza goes to that resource, on whichever node, past every hook. False: it is gone."""

    def send_after(self, full: Jid, text: str) -> None:
        """XEP-0198 5: a stanza follows a session that has left this node to be resumed elsewhere.

        There is nobody to have it when the session is over.
        """

    async def tell_nodes(self, kind: str, data: dict[str, Any]) -> None:
        """The modules of every other node get FromElsewhere. It may be lost: a hint, not the truth."""

    def on_question(self, kind: str, answer: Question) -> None:
        """`answer` answers other nodes that ask for it (`ask_nodes`)."""

    async def ask_nodes(self, kind: str, question: dict[str, Any]) -> list[Any]:
        """What every other node with sessions answers; a node that gives none in time is left out."""

    def spawn(self, work: Awaitable[None], name: str) -> None:
        """The work runs in the background; it is awaited at shutdown and its failure is logged."""

    def every(self, every_s: float, work: Callable[[], Awaitable[None]], name: str) -> None:
        """The work is done again and again until shutdown; a failure is logged and tried again."""

    def org_of(self, address: Jid) -> int | None:
        """The organization whose own address this is."""

    def org_of_domain(self, domain: str) -> int | None:
        """The organization whose people have their accounts at the domain."""

    def on_start(self, start: Callable[[], Awaitable[None]]) -> None:
        """`start` is awaited before the first connection is accepted."""

    def on_stop(self, stop: Callable[[], Awaitable[None]]) -> None:
        """`stop` is awaited after the last connection is closed."""


class Module(Protocol):
    """What the loader expects of a file in `app/xmpp/modules`."""

    IMPLEMENTS: Implements | tuple[Implements, ...]

    def setup(self, host: Host) -> None:
        """The module takes part from now on."""
