"""The running chat server of one process: what connections and modules share."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any, Literal

import structlog
from redis.exceptions import RedisError

from app.core import tasks
from app.core.services import Services
from app.core.tokens import ChatClaims
from app.protocol import ns
from app.protocol.element import Element
from app.protocol.errors import StreamError
from app.protocol.framing import WEBSOCKET, Feature, Framing
from app.protocol.jid import BadJid, Jid, prepare_domain
from app.protocol.stream import Stream
from app.protocol.xmlio import parse, serialise
from app.xmpp.circles import Circles
from app.xmpp.hooks import (
    Event,
    FromElsewhere,
    Handler,
    Hooks,
    SessionBound,
    SessionClosed,
)
from app.xmpp.module import Bind2, IqHandler, Question, Target
from app.xmpp.people import People
from app.xmpp.server import background, burial
from app.xmpp.server.attempts import Attempts
from app.xmpp.server.binding import BINDING, answer_session
from app.xmpp.server.bus import Bus
from app.xmpp.server.directory import Directory
from app.xmpp.server.inbound import Inbound
from app.xmpp.server.limits import SESSIONS_PER_ACCOUNT
from app.xmpp.server.login import Accounts, Identity, Login
from app.xmpp.server.managed import Managed
from app.xmpp.server.orgs import Orgs
from app.xmpp.server.passwords import Passwords
from app.xmpp.server.resumption import Resumption, tell_unacked
from app.xmpp.server.router import Place, Router
from app.xmpp.server.sessions import SessionRegistry
from app.xmpp.session import Outlet, Session

log = structlog.get_logger()

Claim = tuple[Place, Callable[[Jid], bool]]


class Gateway:
    """One node. It is the `Host` that modules see."""

    def __init__(self, services: Services, accounts: Callable[[Orgs], Accounts]) -> None:
        self.services = services
        self.node = services.ids.token(9)
        self.domain = prepare_domain(services.config.chat_domain)
        self.sessions = SessionRegistry()
        self.hooks = Hooks()
        self.orgs = Orgs(services)
        self.people = People(services, self.orgs.org_of_domain)
        self.circles = Circles(services)
        self.directory = Directory(services.redis, self.node, self.sessions)
        self.bus = Bus(services.redis, self.node, self.sessions, self.hooks, self.directory)
        self.router = Router(
            self.hooks, self.sessions, place_of=self.place_of, send_remote=self.bus.send_stanza
        )
        self.inbound = Inbound(self.hooks, self.router, self.directory)
        self._accounts = accounts(self.orgs)
        self.attempts = Attempts(lambda: asyncio.get_running_loop().time(), services.ids.token(32))
        self._passwords = Passwords()
        self._claims: list[Claim] = []
        self._features: dict[str, set[str]] = defaultdict(set)
        self._identities: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        self._info_forms: dict[str, list[Callable[[], Element]]] = defaultdict(list)
        self._items: list[tuple[str, str, str]] = []
        self._stream_features: list[Callable[[], Element]] = []
        self._login_features: list[Callable[[Sequence[str]], Element]] = []
        #: The text of what is offered, by mechanisms before login, by whether it is bound after it.
        self._offers: dict[tuple[str, ...] | bool, str] = {}
        self._bind2: dict[str, Bind2] = {}
        self.resumption = Resumption(self)
        #: Set when the node begins to stop: managed sessions then wait for their clients elsewhere.
        self.is_stopping = False
        self.bus.on_missed = self._missed
        #: Killed nodes for which this one takes leave just now.
        self.burying: set[str] = set()
        self.directory.on_lost = partial(burial.lose, self)
        self.directory.on_left = partial(burial.take_up, self)
        self.directory.on_returned = partial(burial.come_back, self)
        self.bus.on_command("conflict", self._hear_conflict)
        self._tasks: set[asyncio.Task[None]] = set()
        self._repeats: set[asyncio.Task[None]] = set()
        self.starts: list[Callable[[], Awaitable[None]]] = []
        self.stops: list[Callable[[], Awaitable[None]]] = []
        self.hooks.on(FromElsewhere, self.people.hear, priority=10)
        # RFC 3921 3: older clients ask for a session after bind; RFC 6121 D says nothing follows.
        self.answer_iq("set", ns.SESSION, answer_session, target="any")

    # What modules are given (`app.xmpp.module.Host`).

    def on(self, point: type[Event], handler: Handler[Event], priority: int = 50) -> None:
        """`handler` takes part at a point of `app.xmpp.hooks`."""
        self.hooks.on(point, handler, priority)

    def answer_iq(
        self,
        type: Literal["get", "set"],
        namespace: str,
        handler: IqHandler,
        *,
        target: Target = "account",
    ) -> None:
        """`handler` answers such requests when their child is in `namespace`."""
        self.router.answer_iq(type, namespace, handler, target)

    def claim(self, kind: Literal["room", "org"], is_address: Callable[[Jid], bool]) -> None:
        """Addresses for which `is_address` holds get StanzaToRoom or StanzaToOrg."""
        self._claims.append((Place(kind), is_address))

    def feature(self, namespace: str, *, target: Target = "domain") -> None:
        """XEP-0030: the namespace is announced for such addresses."""
        self._features[target].add(namespace)

    def features(self, target: Target) -> list[str]:
        """What `feature` announced for the target, sorted."""
        return sorted(self._features[target] | self._features["any"])

    def identity(
        self, category: str, type: str, name: str = "", *, target: Target = "domain"
    ) -> None:
        """XEP-0030: an identity is announced for such addresses."""
        self._identities[target].append((category, type, name))

    def identities(self, target: Target) -> list[tuple[str, str, str]]:
        """What `identity` announced: category, type, name."""
        return list(self._identities[target])

    def info_form(self, make: Callable[[], Element], *, target: Target = "domain") -> None:
        """XEP-0128: disco#info of such addresses holds the form that `make` gives."""
        self._info_forms[target].append(make)

    def info_forms(self, target: Target) -> list[Element]:
        """What `info_form` announced."""
        return [make_form() for make_form in self._info_forms[target]]

    def item(self, jid: str, name: str = "", node: str = "") -> None:
        """XEP-0030: the domain lists this item."""
        self._items.append((jid, name, node))

    def items(self) -> list[tuple[str, str, str]]:
        """What `item` listed: jid, name, node."""
        return list(self._items)

    def stream_feature(self, make: Callable[[], Element]) -> None:
        """The features after login hold what `make` gives."""
        self._stream_features.append(make)

    def org_of(self, address: Jid) -> int | None:
        """The organization whose own address this is."""
        return self.orgs.org_of(address)

    def org_of_domain(self, domain: str) -> int | None:
        """The organization whose people have their accounts at the domain."""
        return self.orgs.org_of_domain(domain)

    def login_feature(self, make: Callable[[Sequence[str]], Element]) -> None:
        """The features before login hold what `make` gives for the mechanisms."""
        self._login_features.append(make)

    def bind2(self, namespace: str, apply: Bind2) -> None:
        """XEP-0386: a `<bind/>` may hold elements of the namespace, which `apply` obeys."""
        self._bind2[namespace] = apply

    def bind2_features(self) -> list[str]:
        """What `bind2` announced, sorted."""
        return sorted([*self._bind2, ns.STREAM_MANAGEMENT])

    async def tell(self, event: object) -> None:
        """Everybody who takes part at the event's point hears of it."""
        await self.hooks.tell(event)

    async def route(self, stanza: Element) -> None:
        """The stanza goes where `to` says as if its sender had sent it."""
        sender, to = Jid.parse(stanza.get("from", "")), Jid.parse(stanza.get("to", ""))
        await self.router.route(stanza, sender, to)

    def deliver(self, session: Session, stanza: Element | str) -> None:
        """The stanza goes to this session and past every hook."""
        session.send(stanza)

    async def deliver_full(self, full: Jid, stanza: Element | str) -> bool:
        """The stanza goes to that resource, on whichever node, past every hook."""
        return await self.router.deliver_full(full, stanza)

    def send_after(self, full: Jid, text: str) -> None:
        """A stanza follows a session that has left this node to be resumed elsewhere."""
        self.resumption.send_after(full, text)

    async def tell_nodes(self, kind: str, data: dict[str, Any]) -> None:
        """The modules of every other node get FromElsewhere."""
        await self.bus.tell_modules(kind, data)

    def on_question(self, kind: str, answer: Question) -> None:
        """`answer` answers other nodes that ask for it."""
        self.bus.on_command(kind, answer)

    async def ask_nodes(self, kind: str, question: dict[str, Any]) -> list[Any]:
        """What every other node with sessions answers; a node that gives none in time is left out."""
        return await self.bus.ask_all(kind, question)

    def spawn(self, work: Awaitable[None], name: str) -> None:
        """The work runs in the background; it is awaited at shutdown and its failure is logged."""
        task = asyncio.ensure_future(background.logged(work, name))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def every(self, every_s: float, work: Callable[[], Awaitable[None]], name: str) -> None:
        """The work is done again and again until shutdown; a failure is logged and tried again."""
        task = asyncio.create_task(background.repeated(every_s, work, name))
        self._repeats.add(task)

    def on_start(self, start: Callable[[], Awaitable[None]]) -> None:
        """`start` is awaited before the first connection is accepted."""
        self.starts.append(start)

    def on_stop(self, stop: Callable[[], Awaitable[None]]) -> None:
        """`stop` is awaited after the last connection is closed."""
        self.stops.append(stop)

    # What connections are given.

    def new_stream(self, framing: Framing = WEBSOCKET) -> Stream:
        """A stream whose ids nobody can foresee (RFC 6120 4.7.3)."""
        return Stream(self.domain, self.services.ids.token, framing=framing)

    def new_login(self, stream: Stream, cookie: ChatClaims | None, address: str) -> Login:
        """The login of a stream; a cookie for another domain is none."""
        return Login(
            stream,
            self._accounts,
            self.attempts.of_address(address),
            self._passwords,
            takes_passwords=self.services.config.allow_chat_passwords,
            secret_key=self.services.config.secret_key,
            iterations=self.services.config.chat_scram_iterations,
            new_nonce=self.services.ids.token,
            cookie=cookie,
        )

    def login_features(self, login: Login) -> list[Feature]:
        """RFC 6120 6.4.1: what is offered before login."""
        mechanisms = login.mechanisms
        if mechanisms not in self._offers:
            more = [make_feature(mechanisms) for make_feature in self._login_features]
            self._offers[mechanisms] = _text_of([login.feature(), *more])
        return [self._offers[mechanisms]]

    def session_features(self, *, is_bound: bool = False) -> list[Feature]:
        """RFC 6120 4.3.2: what is offered after login."""
        if is_bound not in self._offers:
            makers = self._stream_features if is_bound else [*BINDING, *self._stream_features]
            self._offers[is_bound] = _text_of(make_feature() for make_feature in makers)
        return [self._offers[is_bound]]

    async def apply_bind2(self, session: Session, namespace: str, part: Element) -> None:
        """XEP-0386 4.2: a part of the request is obeyed; unknown ones are passed over."""
        apply = self._bind2.get(namespace)
        if apply is not None:
            await apply(session, part)

    def serves(self, domain: str) -> bool:
        """Whether accounts of the domain live here."""
        return self.orgs.serves(domain)

    def place_of(self, address: Jid) -> Place:
        """What the address is. A claim of a module goes before the organizations' addresses."""
        for place, is_address in self._claims:
            if is_address(address):
                return place
        if not self.orgs.serves(address.domain):
            return Place.ELSEWHERE
        if not address.local:
            return Place.DOMAIN
        return Place.ACCOUNT if self.orgs.org_of(address) is None else Place.ORG

    async def bind(self, identity: Identity, wanted: str, outlet: Outlet) -> Session:
        """RFC 6120 7: a session at the wanted resource, or at one of our making.

        An older session with the resource is ended with conflict (7.7.2.2, third way): a
        client that reconnects must not wait for its own ghost.
        """
        jid = self._resource(identity, wanted)
        older = self.sessions.find(jid)
        if older is not None:
            older.close("conflict", "The resource was bound again.")
            await self.unbind(older)
        elif len(self.sessions.online(identity.bare)) >= SESSIONS_PER_ACCOUNT:
            raise StreamError("resource-constraint", "The account has too many sessions.")
        remote = self.sessions.find_remote(jid)
        if remote is not None and not await self.bus.end_session(remote):
            await burial.bury_unmissed(self, remote)
        session = Session(
            jid,
            org_id=identity.org_id,
            account_id=identity.account_id,
            contact_id=identity.contact_id,
            outlet=outlet,
        )
        self.sessions.add(session)
        await self.directory.announce(session)
        return session

    async def greet(self, session: Session) -> None:
        """The client knows its address: modules may speak to it."""
        await self.hooks.tell(SessionBound(session))

    async def release(
        self, session: Session, connection: Outlet | None, *, may_resume: bool
    ) -> None:
        """The session's connection has ended: a managed session may wait for its client."""
        managed = session.outlet
        if isinstance(managed, Managed):
            if managed.connection is not connection:
                return  # another connection has resumed it
            managed.connection = None
            if may_resume and managed.id:
                if not self.is_stopping:
                    await self.resumption.detach(managed)
                    return
                try:
                    await self.resumption.park(managed)
                    return
                except RedisError as error:
                    log.warning("gateway.park_failed", error=str(error))
        await self.unbind(session)

    async def unbind(self, session: Session) -> None:
        """The session is over for everybody. Once is enough."""
        if not self.sessions.remove(session):
            return
        await self.take_leave(session)

    async def bury(self, session: Session) -> None:
        """A session that lived on a node that is gone is over for everybody."""
        await burial.bury(self, session)

    async def park_detached(self) -> None:
        """The node stops: sessions that wait for their clients wait for them in Redis."""
        for session in list(self.sessions):
            await self.release(session, None, may_resume=True)
        await self.resumption.settled()

    async def take_leave(self, session: Session) -> None:
        """Everybody who knew the session knows that it is over; what it is owed is kept."""
        try:
            # First, and without a pause: what comes for the account from now on is kept behind it.
            await tell_unacked(self, session)
        finally:
            try:
                await self.inbound.leave(session)
                await self.hooks.tell(SessionClosed(session))
            finally:
                await self.directory.withdraw(session)

    async def _hear_conflict(self, question: dict[str, Any]) -> bool:
        """Another node binds the resource: the session here is over before it answers."""
        session = self.sessions.find(Jid.parse(question["to"]))
        if session is not None:
            session.close("conflict", "The resource was bound again.")
            await self.unbind(session)
        return True

    async def _missed(self, to: Jid, text: str) -> None:
        """A stanza came for a session that is not there, or whose node nobody reaches."""
        if not await self.resumption.owe(to, text):
            await self.router.missed(parse(text), to)

    async def settle(self, within_s: float) -> None:
        """What modules have in hand is done, or is given up after `within_s`."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        self._passwords.close()
        await tasks.end([*self._tasks, *self._repeats])

    def _resource(self, identity: Identity, wanted: str) -> Jid:
        try:
            return identity.bare.with_resource(wanted or self.services.ids.token(12))
        except BadJid:
            # RFC 6120 7.7.1 allows any resource: the client learns it from the answer.
            return identity.bare.with_resource(self.services.ids.token(12))


def _text_of(features: Iterable[Element]) -> str:
    return "".join(map(serialise, features))
