"""Sessions whose node is gone: leave is taken in their names; and what a node does that was not gone.

Everybody who knew such a session as available hears that it is unavailable (RFC 6121 4.5.2),
from one of the nodes that live. Should that one die at it, another goes on (`estates.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import InterfaceError, OperationalError

from app.protocol import ns
from app.protocol.element import make
from app.protocol.jid import Jid
from app.xmpp.hooks import NodeLost, PresenceFromSession
from app.xmpp.server import background
from app.xmpp.server.directory import find_online_many
from app.xmpp.server.limits import BURIED_AT_ONCE
from app.xmpp.server.parked import NOWHERE
from app.xmpp.server.resumption import tell_unacked
from app.xmpp.server.sessions import RemoteSession
from app.xmpp.session import Session

if TYPE_CHECKING:
    from app.xmpp.server.gateway import Gateway

#: A server is away: the work is done once it is back.
_AWAY: Final = (RedisError, OperationalError, InterfaceError, OSError)

log = structlog.get_logger()


async def lose(gateway: Gateway, node: str, lost: Sequence[RemoteSession], is_ours: bool) -> None:
    """A node was killed: modules know, and one node takes leave in its sessions' names."""
    await gateway.hooks.tell(NodeLost(node, [remote.jid for remote in lost]))
    if lost and is_ours:
        _begin(gateway, node, lost)


async def take_up(gateway: Gateway, node: str) -> None:
    """Who took leave for a killed node may have been killed too: this node goes on, if so."""
    estates = gateway.directory.estates
    if node not in gateway.burying and await estates.claim(node):
        _begin(gateway, node, await estates.left_of(node))


async def bury(gateway: Gateway, session: Session) -> None:
    """A session that lived on a node that is gone is over for everybody."""
    if gateway.sessions.find(session.jid) or gateway.sessions.find_remote(session.jid):
        # Somebody has the resource by now: only what the client was owed is left.
        await tell_unacked(gateway, session)
        return
    await gateway.take_leave(session)


async def bury_unmissed(gateway: Gateway, remote: RemoteSession) -> None:
    """The client comes back before anybody missed its node, which was killed.

    Nobody finds the old session under the node any more, so it is taken leave of now: those whom
    it told directly (RFC 6121 4.6) are told of the new one only if it tells them.
    """
    directed = await gateway.directory.find_directed([remote])
    gateway.sessions.forget(remote.jid, remote.node)
    await bury(gateway, _ghost(remote, directed.get(remote.jid)))
    # Last: until then whoever looks for what the killed node left finds it.
    await gateway.directory.clear([remote])
    await gateway.directory.forget_directed([remote])


def _begin(gateway: Gateway, node: str, lost: Sequence[RemoteSession]) -> None:
    gateway.burying.add(node)
    gateway.spawn(_bury_all(gateway, node, lost), "node lost")


async def _bury_all(gateway: Gateway, node: str, lost: Sequence[RemoteSession]) -> None:
    estates = gateway.directory.estates
    try:
        # Some at once: each reads whom it concerns, and everybody is to know soon.
        for first in range(0, len(lost), BURIED_AT_ONCE):
            if not await estates.claim(node):
                return  # this node was so slow that another went on
            some = lost[first : first + BURIED_AT_ONCE]
            await _bury_some(gateway, some)
            await estates.settle(node, some)
        await estates.close(node)
    except _AWAY as error:
        # What is left is taken up again, by this node or another.
        log.warning("gateway.burial_broken_off", node=node, error=str(error))
    finally:
        gateway.burying.discard(node)


async def _bury_some(gateway: Gateway, some: Sequence[RemoteSession]) -> None:
    directed = await gateway.directory.find_directed(some)
    burials = [bury(gateway, _ghost(remote, directed.get(remote.jid))) for remote in some]
    for failure in await asyncio.gather(*burials, return_exceptions=True):
        if isinstance(failure, _AWAY):
            raise failure
        if isinstance(failure, BaseException):
            # An edge: one session that cannot be taken leave of is no reason to forget the others.
            log.error("gateway.task_failed", task="node lost", exc_info=failure)
    await gateway.directory.forget_directed(some)


def _ghost(remote: RemoteSession, directed: set[Jid] | None = None) -> Session:
    """A session that died with its node, as far as others knew it."""
    session = Session(
        remote.jid,
        org_id=remote.org_id,
        account_id=remote.account_id,
        contact_id=None,
        outlet=NOWHERE,
    )
    if remote.priority is not None:
        session.presence = make("presence", ns.CLIENT, {"from": str(remote.jid)})
        session.priority = remote.priority
    session.directed = directed or set()
    return session


async def come_back(gateway: Gateway) -> None:
    """Others took leave of this node's sessions while it was stuck: these are there again.

    Whose resource has been bound elsewhere meanwhile ends with conflict (RFC 6120 7.7.2.2); the
    presence of the others is told as if they had just come, and they have what was kept for them.
    """
    sessions = list(gateway.sessions)
    people = sorted({session.jid.bare for session in sessions}, key=str)
    taken = await _taken_elsewhere(gateway, people)
    stayed = []
    for session in sessions:
        if session.jid in taken:
            # Leave was taken of it already; what is told of the resource now is the newer session's.
            session.presence, session.directed = None, set()
            session.close("conflict", "The resource was bound again.")
        elif session.presence is not None:
            stayed.append(session)
    gateway.spawn(_tell_all(gateway, stayed), "node returned")


async def _taken_elsewhere(gateway: Gateway, people: Sequence[Jid]) -> set[Jid]:
    """Resources that other nodes have, by the directory: our copy of it may be as old as the sleep."""
    if not people:
        return set()
    found = await find_online_many(gateway.services.redis, people)
    return {remote.jid for remote in found if remote.node != gateway.node}


async def _tell_all(gateway: Gateway, sessions: Sequence[Session]) -> None:
    for first in range(0, len(sessions), BURIED_AT_ONCE):
        some = sessions[first : first + BURIED_AT_ONCE]
        told = [_tell(gateway, session) for session in some]
        await asyncio.gather(*(background.logged(one, "node returned") for one in told))


async def _tell(gateway: Gateway, session: Session) -> None:
    if session.presence is not None and gateway.sessions.find(session.jid) is session:
        await gateway.hooks.run(PresenceFromSession(session, session.presence, None))
