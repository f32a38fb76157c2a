"""Which node has which session, in Redis, for other nodes and for processes without sockets.

`gateway:online:{bare}` is a hash of `node/resource` to a priority ("" without presence), the
organization's id and the account's. An entry counts while the node's lease (`lease.py`) is there;
those of a node that died are cleared by whoever takes leave for its sessions, who has them written
down elsewhere by then (`estates.py`).

`gateway:directed:{node}/{full}` is the set of people to whom the session sent presence directly
(RFC 6121 4.6), so that they too hear of its end when the node was killed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Final

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.redis_text import text_of
from app.protocol.jid import Jid
from app.xmpp.group_commit import GroupCommit
from app.xmpp.server.estates import Estates, entry_of, read_entry
from app.xmpp.server.lease import Burial, Lease, Renewal, node_key
from app.xmpp.server.sessions import RemoteSession, SessionRegistry
from app.xmpp.session import Session

#: What directed presence is remembered for, should nobody outlive the node.
DIRECTED_TTL_S: Final = 7 * 86_400
#: The directory is one for all organizations.
_ALL: Final = 0
#: Accounts that are read together when a node starts.
SCANNED_AT_ONCE: Final = 1_000
#: Stands for the priority of a session that is over.
GONE: Final = "gone"
#: What each node tells the others of its sessions.
CHANNEL: Final = "gateway:directory"

log = structlog.get_logger()

#: A session as it is told: address, priority (None without presence, GONE), organization, account.
Entry = tuple[Jid, int | str | None, int, int]


def online_key(bare: Jid) -> str:
    """The hash of an account's sessions."""
    return f"gateway:online:{bare}"


def directed_key(node: str, full: Jid) -> str:
    """The set of people who have the session's presence directly."""
    return f"gateway:directed:{node}/{full}"


async def find_online(redis: Redis, bare: Jid) -> list[RemoteSession]:
    """The account's sessions on nodes that are alive. Two round trips."""
    return await find_online_many(redis, [bare])


async def find_online_many(redis: Redis, people: Sequence[Jid]) -> list[RemoteSession]:
    """The accounts' sessions on nodes that are alive. Two round trips, however many they are."""
    pipe = redis.pipeline(transaction=False)
    for bare in people:
        pipe.hgetall(online_key(bare))
    found = [
        remote
        for bare, entries in zip(people, await pipe.execute(), strict=True)
        for remote in _read_entries(bare, entries)
    ]
    if not found:
        return []
    nodes = sorted({remote.node for remote in found})
    leases = await redis.mget([node_key(node) for node in nodes])
    alive = {node for node, lease in zip(nodes, leases, strict=True) if lease is not None}
    return [remote for remote in found if remote.node in alive]


class Directory:
    """This node's part of the directory, and its copy of the rest.

    Redis that is away is no reason to refuse a client: `renew` announces everything again
    once it is back.
    """

    def __init__(self, redis: Redis, node: str, registry: SessionRegistry) -> None:
        self._redis = redis
        self._node = node
        self._registry = registry
        self._lease = Lease(redis, node)
        #: What killed nodes left behind, of which leave is not taken yet.
        self.estates = Estates(redis, node)
        #: What Redis was not told because it was away; `renew` makes up for it.
        self._is_behind = False
        #: Whether others took leave of our sessions, and that is not made good yet.
        self._was_buried = False
        self._gone: set[Jid] = set()
        self._told: GroupCommit[Entry, None] = GroupCommit(self._write)
        #: Told the sessions of a node that was killed, and whether this node takes leave for them.
        self.on_lost: Callable[[str, Sequence[RemoteSession], bool], Awaitable[None]] | None = None
        #: Told a killed node of which leave is not taken yet and perhaps nobody is at it.
        self.on_left: Callable[[str], Awaitable[None]] | None = None
        #: Told that others took this node for dead, after its sessions are announced again.
        self.on_returned: Callable[[], Awaitable[None]] | None = None

    async def load(self) -> None:
        """The node has its lease, and the copy holds what others announced before.

        What nodes announced that are dead by now is cleared: after a kill of all nodes there was
        nobody to do it.
        """
        await self._lease.renew()
        async for found in self._scan():
            alive = await self._alive({remote.node for remote in found})
            for remote in found:
                if remote.node in alive and remote.node != self._node:
                    self._registry.learn(remote)
            await self.clear([remote for remote in found if remote.node not in alive])

    async def _alive(self, nodes: set[str]) -> set[str]:
        asked = sorted(nodes)
        leases = await self._redis.mget([node_key(node) for node in asked]) if asked else []
        return {node for node, lease in zip(asked, leases, strict=True) if lease is not None}

    async def announce(self, *sessions: Session) -> None:
        """Everybody knows of these sessions and their priorities."""
        try:
            await self._tell([_entry_of(session) for session in sessions])
        except RedisError as error:
            self._is_behind = True
            log.warning("gateway.directory_away", error=str(error), sessions=len(sessions))

    async def withdraw(self, *sessions: Session) -> None:
        """Everybody knows that these sessions are over."""
        gone = {session.jid for session in sessions}
        try:
            await self._tell([(jid, GONE, 0, 0) for jid in gone])
        except RedisError as error:
            self._gone |= gone
            log.warning("gateway.directory_away", error=str(error), sessions=len(sessions))

    async def renew(self) -> None:
        """The lease is fresh, what Redis missed is said, and dead nodes are forgotten."""
        renewal = await self._lease.renew()
        if renewal is Renewal.BURIED:
            log.warning("gateway.was_buried", node=self._node, sessions=len(self._registry))
            self._was_buried = True
        if renewal is not Renewal.KEPT or self._is_behind or self._gone:
            await self._say_again()
        if self._was_buried:
            if self.on_returned is not None:
                await self.on_returned()
            self._was_buried = False
            # Said once more: whoever took leave may have been clearing what was said.
            self._is_behind = True
        for node in await self._lease.find_dead(self._registry.remote_nodes()):
            await self._lose(node)
        if self.on_left is not None:
            for node in await self.estates.find_open():
                await self.on_left(node)

    async def _say_again(self) -> None:
        """Redis was away, lost its data, or took the node for dead: it has everything again."""
        gone = {jid for jid in self._gone if self._registry.find(jid) is None}
        await self._tell([(jid, GONE, 0, 0) for jid in gone])
        self._gone.clear()
        self._is_behind = False
        await self.announce(*self._registry)

    async def _lose(self, node: str) -> None:
        """A dead node's sessions are forgotten, and one node takes leave for them."""
        if self.on_lost is None:
            self._registry.forget_node(node)
            return
        burial = await self._lease.bury(node, self._registry.of_node(node))
        if burial is Burial.ALIVE:
            return
        lost = self._registry.forget_node(node)
        log.info("gateway.node_lost", node=node, sessions=len(lost), burial=burial)
        is_ours = burial is Burial.OURS
        if is_ours:
            await self.clear(lost)
        await self.on_lost(node, lost, is_ours)

    async def clear(self, lost: Sequence[RemoteSession]) -> None:
        """Redis knows nothing of these sessions of nodes that were killed."""
        pipe = self._redis.pipeline(transaction=False)
        for remote in lost:
            pipe.hdel(online_key(remote.jid.bare), f"{remote.node}/{remote.jid.resource}")
        try:
            await pipe.execute()
        except RedisError as error:
            # Nobody counts what a node without a lease has announced; leave is taken all the same.
            log.warning("gateway.directory_away", error=str(error), lost=len(lost))

    async def note_directed(self, full: Jid, people: Collection[Jid], *, is_gone: bool) -> None:
        """Other nodes can find whom the session told of itself directly, or no longer does."""
        if not people:
            return
        key, names = directed_key(self._node, full), sorted(str(jid) for jid in people)
        pipe = self._redis.pipeline(transaction=False)
        if is_gone:
            pipe.srem(key, *names)
        else:
            pipe.sadd(key, *names)
            pipe.expire(key, DIRECTED_TTL_S)
        try:
            await pipe.execute()
        except RedisError as error:
            log.warning("gateway.directory_away", error=str(error), directed=len(names))

    async def find_directed(self, lost: Sequence[RemoteSession]) -> dict[Jid, set[Jid]]:
        """Whom sessions of a lost node told of themselves directly, as far as Redis knows."""
        pipe = self._redis.pipeline(transaction=False)
        for remote in lost:
            pipe.smembers(directed_key(remote.node, remote.jid))
        try:
            found = await pipe.execute()
        except RedisError as error:
            log.warning("gateway.directory_away", error=str(error), lost=len(lost))
            return {}
        return {
            remote.jid: {Jid.parse(name.decode()) for name in names}
            for remote, names in zip(lost, found, strict=True)
        }

    async def forget_directed(self, lost: Sequence[RemoteSession]) -> None:
        """Those whom sessions of a lost node told of themselves directly know that they are gone."""
        try:
            await self._redis.delete(*(directed_key(one.node, one.jid) for one in lost))
        except RedisError as error:
            # They run out by themselves.
            log.warning("gateway.directory_away", error=str(error), lost=len(lost))

    async def leave(self) -> None:
        """The lease is given back; what is left of the node's entries no longer counts."""
        await self._lease.give_back()

    def hear(self, message: dict[str, Any]) -> None:
        """What another node announced is in the copy."""
        node = str(message["node"])
        if node == self._node:
            return
        for address, priority, org_id, account_id in message["sessions"]:
            jid = Jid.parse(address)
            if priority == GONE:
                self._registry.forget(jid, node)
            else:
                self._registry.learn(RemoteSession(node, jid, priority, org_id, account_id))

    async def _tell(self, sessions: Sequence[Entry]) -> None:
        """Redis and the other nodes know each priority. Raises RedisError."""
        if sessions:
            # What is told while Redis answers goes together, in order.
            await self._told.add(_ALL, sessions)

    async def _write(self, _: int, sessions: Sequence[Entry]) -> None:
        pipe = self._redis.pipeline(transaction=False)
        for jid, priority, org_id, account_id in sessions:
            field = f"{self._node}/{jid.resource}"
            if priority == GONE:
                pipe.hdel(online_key(jid.bare), field)
            else:
                shown = None if priority is None else int(priority)
                pipe.hset(online_key(jid.bare), field, entry_of(shown, org_id, account_id))
        told = [(str(jid), *rest) for jid, *rest in sessions]
        pipe.publish(CHANNEL, orjson.dumps({"node": self._node, "sessions": told}))
        await pipe.execute()

    async def _scan(self) -> AsyncIterator[list[RemoteSession]]:
        """Everything that was announced, some accounts at a time."""
        prefix, cursor = online_key(Jid("", "")), 0
        while True:
            cursor, keys = await self._redis.scan(cursor, match=f"{prefix}*", count=SCANNED_AT_ONCE)
            names = [text_of(key) for key in keys]
            people = [Jid.find(name.removeprefix(prefix)) for name in names]
            pipe = self._redis.pipeline(transaction=False)
            for key in keys:
                pipe.hgetall(key)
            found = zip(people, await pipe.execute(), strict=True)
            yield [
                remote
                for bare, entries in found
                if bare is not None
                for remote in _read_entries(bare, entries)
            ]
            if not cursor:
                return


def _entry_of(session: Session) -> Entry:
    priority = session.priority if session.is_available else None
    return session.jid, priority, session.org_id, session.account_id


def _read_entries(bare: Jid, entries: Mapping[Any, Any]) -> list[RemoteSession]:
    found = []
    for field, value in entries.items():
        node, _, resource = field.decode().partition("/")
        found.append(read_entry(node, Jid(bare.local, bare.domain, resource), value.decode()))
    return found
