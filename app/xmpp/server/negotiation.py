"""What a client and the server settle before stanzas flow: TLS, login, resource, management.

RFC 6120 4.3 to 7; XEP-0198 3 and 5; XEP-0388 with XEP-0386, where login, resource and
management are one round trip.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import structlog

from app.protocol import ns, sm
from app.protocol.element import Element, child, namespace_of
from app.protocol.errors import StanzaError, StreamError
from app.protocol.saslxml import bind2_tag
from app.protocol.stanza import error_reply
from app.protocol.stream import (
    AuthAborted,
    AuthMalformed,
    AuthRequested,
    AuthResponded,
    BindRequested,
    Opened,
    OtherReceived,
    StreamEvent,
    TlsRequested,
)
from app.protocol.xmlio import serialise
from app.xmpp.archive_ends import metadata
from app.xmpp.server.fast import FastLogin
from app.xmpp.server.limits import LOGIN_ATTEMPTS
from app.xmpp.server.login import AuthEvent, Identity, Login
from app.xmpp.server.managed import Managed
from app.xmpp.server.resumption import ResumeFailed

if TYPE_CHECKING:
    from app.xmpp.server.connection import Connection
    from app.xmpp.session import Session

log = structlog.get_logger()

#: Stanzas that may come for a client before it knows its address.
MAX_WAITING: Final = 100
#: Characters of a client's own name (XEP-0386 3.2) that a resource begins with.
MAX_TAG_CHARACTERS: Final = 40


class Waiting:
    """The outlet of a session whose client does not know yet that it has one.

    What comes for it meanwhile follows the answer to the bind (RFC 6120 7.6.1).
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._texts: list[str] = []

    def send(self, text: str) -> None:
        """The text waits for the answer."""
        self._texts.append(text)
        if len(self._texts) > MAX_WAITING:
            self.close("resource-constraint")

    def close(self, condition: str, text: str | None = None) -> None:
        """The stream ends with this error."""
        self._connection.close(condition, text)

    def open(self, session: Session) -> None:
        """The client has been answered."""
        if session.outlet is self:
            session.outlet = self._connection
        for text in self._texts:
            session.outlet.send(text)


async def deal_with(connection: Connection, event: StreamEvent) -> None:
    """The event of a stream without a session is answered. Raises StreamError."""
    match event:
        case Opened():
            _open(connection, event)
        case TlsRequested():
            await _start_tls(connection)
        case AuthRequested() | AuthResponded() | AuthAborted() | AuthMalformed():
            await _authenticate(connection, event)
        case BindRequested():
            await _bind(connection, event)
        case OtherReceived(element):
            await _before_session(connection, element)


async def manage(connection: Connection, session: Session, element: Element) -> None:
    """XEP-0198 3: management begins, once a stream."""
    if element.tag == sm.RESUME or connection.managed is not None:
        connection.send(sm.failed_text("unexpected-request"))
        return
    managed = _enable(connection, session, element)
    connection.send(sm.enabled_text(managed.id, managed.max_s))


def _open(connection: Connection, event: Opened) -> None:
    gateway, stream = connection.gateway, connection.stream
    if not gateway.serves(event.to):
        raise StreamError("host-unknown")
    if event.is_authenticated:
        if event.to != stream.domain:
            raise StreamError("host-unknown")
        connection.send_all(stream.offer(gateway.session_features()))
        return
    stream.domain = event.to
    if not connection.transport.is_secure:
        connection.send_all(stream.offer_tls())
        return
    login = gateway.new_login(stream, connection.cookie, connection.transport.address)
    if connection.cookie is None:
        login.fast = FastLogin(gateway.services)
    connection.login = login
    connection.send_all(stream.offer(gateway.login_features(login)))


async def _start_tls(connection: Connection) -> None:
    """RFC 6120 5.4.2.3, 5.4.3.3: nothing of what was said in the clear is kept."""
    connection.send(connection.stream.proceed())
    connection.forget_frames()
    try:
        await connection.transport.start_tls()
    except (OSError, TimeoutError) as error:
        log.info("gateway.tls_failed", error=str(error))
        connection.drop()


async def _authenticate(connection: Connection, event: AuthEvent) -> None:
    login = connection.login
    assert login is not None, "mechanisms are offered after the stream was opened"
    answer = await login.answer(event)
    if login.identity is None:
        connection.send(answer)
        if login.failures >= LOGIN_ATTEMPTS:
            raise StreamError("policy-violation", "Too many wrong logins.")
        return
    if login.request is None:
        connection.send(connection.stream.succeed_auth(login.proof))
        connection.reader.reset()
        return
    more = await login.fast.finish(login.identity, login.request) if login.fast else ""
    await _complete(connection, login, login.request, more)


async def _complete(connection: Connection, login: Login, request: Element, more: str) -> None:
    """XEP-0388 2.6.1: what was asked along with the login is done, resumption before bind.

    `more` is what else the success says.
    """
    identity = login.identity
    assert identity is not None, "the login has succeeded"
    gateway, stream = connection.gateway, connection.stream
    inner, jid, wish = "", identity.bare, None
    resumed: tuple[Managed, dict[str, Any] | None] | None = None
    session: Session | None = None
    waiting: object = None
    resume = child(request, "resume", ns.STREAM_MANAGEMENT)
    if resume is not None:
        try:
            resumed = await _resume(connection, identity, resume)
            session = resumed[0].session
            inner = sm.resumed_text(resumed[0].id, resumed[0].ledger.handled)
        except ResumeFailed as error:
            inner = sm.failed_text(error.condition)
    if session is None:
        wish, tag = bind2_tag(request)
        if wish is not None:
            resource = _resource(request, tag, identity, gateway.services.ids.token(9))
            session = await _bind_session(connection, identity, resource)
            if session is None:
                return
            waiting = session.outlet
            inner += await _bound_text(connection, session, wish)
    if session is not None:
        jid = session.jid
    is_bound = session is not None
    text = stream.succeed_authenticate(login.proof, jid, inner + more, is_bound=is_bound)
    connection.send(text)
    connection.send(stream.offer_more(gateway.session_features(is_bound=is_bound)))
    if resumed is not None:
        await _go_on(connection, *resumed)
    elif session is not None:
        _let_go(waiting, session)
        await gateway.greet(session)


async def _bound_text(connection: Connection, session: Session, wish: Element) -> str:
    """XEP-0386 4.3: `<bound/>`, with where the archive is now and what was asked for."""
    for part in wish:
        if part.tag != sm.ENABLE:
            await connection.gateway.apply_bind2(session, namespace_of(part), part)
    inner = serialise(await metadata(connection.gateway.services, session))
    enable = child(wish, "enable", ns.STREAM_MANAGEMENT)
    if enable is not None:
        # Last, so that nothing is counted that the client has not been told of.
        managed = _enable(connection, session, enable)
        inner += sm.enabled_text(managed.id, managed.max_s)
    return f"<bound xmlns='{ns.BIND2}'>{inner}</bound>"


def _resource(request: Element, tag: str, identity: Identity, chance: str) -> str:
    """XEP-0386 3.2, 4.2: the client's own name, and what tells its installations apart.

    An installation that names itself (XEP-0388 2.4.1) has the same resource every time, and so
    takes the place of its own ghost.
    """
    agent = child(request, "user-agent", ns.SASL2)
    id_ = agent.get("id", "") if agent is not None else ""
    if not id_:
        return f"{tag[:MAX_TAG_CHARACTERS]}~{chance}" if tag else ""
    digest = hashlib.sha256(f"{identity.bare} {id_}".encode(errors="replace")).hexdigest()
    return f"{tag[:MAX_TAG_CHARACTERS] or 'samvad'}~{digest[:16]}"


async def _bind(connection: Connection, event: BindRequested) -> None:
    login = connection.login
    assert login is not None and login.identity is not None, "binding follows login"
    try:
        session = await _bind_session(connection, login.identity, event.resource)
    except StreamError as error:
        if error.condition != "resource-constraint":
            raise
        # RFC 6120 7.6.2.1: the request is refused, and the client may try again.
        refusal = StanzaError(error.condition, "wait", error.text)
        connection.send(serialise(error_reply(event.iq, refusal)))
        return
    if session is not None:
        connection.send(connection.stream.bound(event, session.jid))
        _let_go(session.outlet, session)
        await connection.gateway.greet(session)


def _let_go(outlet: object, session: Session) -> None:
    if isinstance(outlet, Waiting):
        outlet.open(session)


async def _bind_session(
    connection: Connection, identity: Identity, resource: str
) -> Session | None:
    """A session of this connection; None when its socket went meanwhile."""
    session = await connection.gateway.bind(identity, resource, Waiting(connection))
    if connection.is_over:
        await connection.gateway.unbind(session)
        return None
    connection.adopt(session)
    return session


async def _before_session(connection: Connection, element: Element) -> None:
    """XEP-0198 3, 5: after login a session may be resumed instead of bound anew."""
    login = connection.login
    assert login is not None and login.identity is not None, "features follow login"
    if element.tag == sm.ENABLE:
        connection.send(sm.failed_text("unexpected-request"))
        return
    if element.tag != sm.RESUME:
        raise StreamError("unsupported-stanza-type")
    try:
        managed, state = await _resume(connection, login.identity, element)
    except ResumeFailed as error:
        connection.send(sm.failed_text(error.condition))
        return
    connection.stream.resumed()
    connection.send(sm.resumed_text(managed.id, managed.ledger.handled))
    await _go_on(connection, managed, state)


async def _resume(
    connection: Connection, identity: Identity, resume: Element
) -> tuple[Managed, dict[str, Any] | None]:
    """The earlier session is this connection's. Raises ResumeFailed or StreamError."""
    resumption = connection.gateway.resumption
    id_, h = resume.get("previd", ""), sm.read_h(resume)
    try:
        managed, state = await resumption.resume(connection, identity, id_, h)
    except TimeoutError as error:
        # The former connection is stuck in a stanza: nobody knows whether it was handled.
        raise ResumeFailed from error
    if connection.is_over:
        await resumption.detach(managed)
        raise ResumeFailed
    connection.managed = managed
    connection.adopt(managed.session)
    return managed, state


async def _go_on(connection: Connection, managed: Managed, state: dict[str, Any] | None) -> None:
    """5: what the client has not acknowledged comes again, before anything new."""
    managed.replay()
    await connection.gateway.resumption.greet_again(managed, state)


def _enable(connection: Connection, session: Session, enable: Element) -> Managed:
    gateway = connection.gateway
    most_s = gateway.services.config.chat_resume_s
    max_s = sm.read_max_s(enable, most_s) if sm.wants_resumption(enable) else 0
    managed = gateway.resumption.manage(session, connection, max_s)
    connection.managed = managed
    return managed
