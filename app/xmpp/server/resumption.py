"""XEP-0198 5: sessions that outlive their sockets, on this node and from node to node.

A session that a client resumes elsewhere, or whose node stops, is parked: its state is one
value in Redis (`gateway:sm:{id}`), listed with its end in `gateway:sm:parked`. Whoever takes the
value has the session. Nobody has it twice: taking is one atomic step. What nobody takes in
time is reaped by any node, which says that the session is gone and keeps what it was owed.
The state of a node that was killed is lost, and resumption fails with item-not-found: the
client binds anew and has its messages from archive and spool.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import orjson
import structlog
from redis.exceptions import RedisError

from app.core.redis_text import text_of
from app.protocol.errors import StreamError
from app.protocol.jid import Jid
from app.protocol.sm import MODULUS
from app.xmpp.hooks import (
    SessionDetached,
    SessionParked,
    SessionResumed,
    SessionRevived,
    StanzasAcked,
    StanzasUnacked,
)
from app.xmpp.server.lease import node_key
from app.xmpp.server.limits import HAND_OVER_S, REAPED_AT_ONCE
from app.xmpp.server.managed import Managed
from app.xmpp.server.parked import home_key, owed_key, revive, state_key, state_of
from app.xmpp.session import Session

if TYPE_CHECKING:
    from app.xmpp.server.connection import Connection
    from app.xmpp.server.gateway import Gateway
    from app.xmpp.server.login import Identity

PARKED: Final = "gateway:sm:parked"
#: Seconds that a parked state outlives its end, for the reaper.
REAP_WITHIN_S: Final = 600
#: Seconds between two looks at what is over.
REAP_EVERY_S: Final = 2.0
#: Seconds for which a session that moved is found by its first id.
MOVED_S: Final = 7 * 86_400
#: Seconds that it may take from the first step of parking to the last.
PARKING_S: Final = 60

#: Sessions that left this node and are remembered, for what still comes for them.
REMEMBERED: Final = 10_000

_TAKE: Final = """
local state = redis.call('GETDEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
if state and ARGV[2] ~= '' then redis.call('SET', KEYS[3], ARGV[2], 'EX', ARGV[3]) end
local owed = redis.call('LRANGE', KEYS[4], 0, -1)
redis.call('DEL', KEYS[4])
return {state, owed}
"""
_OWE: Final = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('RPUSH', KEYS[2], ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[2])
return 1
"""

log = structlog.get_logger()


class ResumeFailed(Exception):
    """5: the session cannot be resumed; the client may bind anew."""

    def __init__(self, condition: str = "item-not-found") -> None:
        super().__init__(condition)
        self.condition = condition


class Resumption:
    """The managed sessions of this node."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._redis = gateway.services.redis
        self._managed: dict[str, Managed] = {}
        self._left: OrderedDict[Jid, str] = OrderedDict()
        #: Sessions that are just being parked: the end of the socket and another node may want it.
        self._parking: dict[str, asyncio.Task[None]] = {}
        #: What follows sessions keeps its order.
        self._owing = asyncio.Lock()
        gateway.bus.on_command("park", self._hear_park)

    def manage(self, session: Session, connection: Connection, max_s: int) -> Managed:
        """3: from now on stanzas are counted. `max_s` of 0 and less is without resumption."""
        id_ = f"{self._gateway.node}.{self._gateway.services.ids.token(18)}" if max_s > 0 else ""
        managed = Managed(session, connection, id=id_, max_s=max_s, end=self._end)
        session.outlet = managed
        if id_:
            self._managed[id_] = managed
        return managed

    async def detach(self, managed: Managed) -> None:
        """The client's socket is gone; the session waits for it."""
        managed.detach()
        await self._gateway.hooks.tell(SessionDetached(managed.session))

    def forget(self, session: Session) -> list[tuple[str, Any]]:
        """The session can no longer be resumed; gives what the client may not have, and when."""
        managed = session.outlet
        if not isinstance(managed, Managed):
            return []
        managed.retire()
        self._managed.pop(managed.id, None)
        now, now_s = self._gateway.services.clock.now(), asyncio.get_running_loop().time()
        return [
            (sent.text, now - timedelta(seconds=now_s - sent.at_s))
            for sent in managed.ledger.unacked()
        ]

    async def resume(
        self, connection: Connection, identity: Identity, id: str, h: int
    ) -> tuple[Managed, dict[str, Any] | None]:
        """The session goes on at this connection. Raises ResumeFailed, or StreamError for `h`.

        `greet_again` tells the modules, after the client was answered.
        """
        await self._parked(id)
        managed = self._managed.get(id)
        if managed is None:
            managed, state = await self._fetch(identity, id)
        else:
            state = None
            await self._take_from(managed, identity)
        try:
            managed.acknowledge(h)
        except StreamError:
            managed.detach()
            raise
        managed.attach(connection)
        return managed, state

    async def greet_again(self, managed: Managed, state: dict[str, Any] | None) -> None:
        """Modules know that the client is back."""
        await self._gateway.hooks.tell(StanzasAcked(managed.session, managed.ledger.acked))
        await self._gateway.hooks.tell(SessionResumed(managed.session, state))

    async def park(self, managed: Managed) -> None:
        """The session is gone from this node and waits in Redis for its client.

        Raises RedisError; the session is then still here.
        """
        parking = self._parking.get(managed.id)
        if parking is None:
            parking = self._parking[managed.id] = asyncio.create_task(self._park(managed))
            parking.add_done_callback(lambda _: self._parking.pop(managed.id))
        # Whoever waits may be given up, but what is half parked is nowhere.
        await asyncio.shield(parking)

    async def _parked(self, id: str) -> None:
        """The session is not half parked: it waits in Redis, or is here."""
        parking = self._parking.get(id)
        if parking is not None:
            await asyncio.wait([parking])

    async def settled(self) -> None:
        """What was being parked is, or is here again."""
        await asyncio.gather(*self._parking.values(), return_exceptions=True)

    async def _park(self, managed: Managed) -> None:
        session = managed.session
        carried: dict[str, Any] = {}
        # Rooms name it by its id before its state is there, and look whether it is anywhere.
        await self._redis.set(home_key(managed.id), self._gateway.node, ex=PARKING_S, nx=True)
        await self._gateway.hooks.tell(SessionParked(session, carried))
        if not self._gateway.sessions.remove(session):
            return  # it was over before the modules had heard
        self._remember(session.jid, managed.id)
        now = self._gateway.services.clock.now()
        state = orjson.dumps(state_of(managed, carried, now))
        self.forget(session)
        try:
            pipe = self._redis.pipeline(transaction=True)
            pipe.set(state_key(managed.id), state, ex=managed.max_s + REAP_WITHIN_S)
            pipe.zadd(PARKED, {managed.id: now.timestamp() + managed.max_s})
            await pipe.execute()
        except RedisError:
            self._left.pop(session.jid, None)
            self._gateway.sessions.add(session)
            self._managed[managed.id] = managed
            await self._gateway.hooks.tell(SessionRevived(session, carried))
            raise
        await self._gateway.inbound.note_directed(session, is_gone=True)
        await self._gateway.directory.withdraw(session)

    def _remember(self, full: Jid, id: str) -> None:
        self._left[full] = id
        if len(self._left) > REMEMBERED:
            self._left.popitem(last=False)

    def send_after(self, full: Jid, text: str) -> None:
        """A stanza follows a session that this node parked not too long ago."""
        if full in self._left:
            self._gateway.spawn(self._follow(full, text), "stanza for a session that left")

    async def _follow(self, full: Jid, text: str) -> None:
        await self.owe(full, text)

    async def owe(self, to: Jid, text: str) -> bool:
        """What came too late for a session that this node parked waits with it. False: it cannot."""
        id_ = self._left.get(to)
        if id_ is None:
            return False
        async with self._owing:
            await self._parked(id_)
            here = self._gateway.sessions.find(to)
            if here is not None:
                here.send(text)
                return True
            return await self._owe(id_, to, text)

    async def _owe(self, id_: str, to: Jid, text: str) -> bool:
        keep_s = self._gateway.services.config.chat_resume_s + REAP_WITHIN_S
        try:
            keys = (state_key(id_), owed_key(id_))
            if await self._redis.eval(_OWE, len(keys), *keys, text, keep_s):
                return True
            home = await self._redis.get(home_key(id_))
        except RedisError as error:
            log.warning("gateway.owe_failed", error=str(error))
            return False
        node = text_of(home) if home else self._gateway.node
        if node == self._gateway.node:
            return False
        return await self._gateway.bus.pass_on(node, to, text)

    async def reap(self) -> None:
        """Parked sessions whose time is over are gone for everybody."""
        now_s = self._gateway.services.clock.now().timestamp()
        try:
            found = await self._redis.zrangebyscore(
                PARKED, "-inf", now_s, start=0, num=REAPED_AT_ONCE
            )
            for id_ in (bytes(name).decode() for name in found):  # type: ignore[arg-type]  # members are bytes
                state = await self._take(id_)
                if state is not None:
                    await self._bury(state)
        except RedisError as error:
            log.warning("gateway.reaper_away", error=str(error))

    async def _take_from(self, managed: Managed, identity: Identity) -> None:
        """The session is free of its former socket, and of what came by it."""
        if managed.session.jid.bare != identity.bare:
            raise ResumeFailed
        await self._free(managed)
        if managed.id not in self._managed:
            raise ResumeFailed

    async def _fetch(self, identity: Identity, id: str) -> tuple[Managed, dict[str, Any]]:
        try:
            state = await self._peek(id)
            if state is None:
                await self._ask_home(identity, id)
                # Whatever it answered, if it did: a node that stops parks its sessions unasked.
                state = await self._peek(id)
            if state is None or Jid.parse(state["jid"]).bare != identity.bare:
                raise ResumeFailed
            state = await self._take(id, home=self._gateway.node)
            if state is None:
                raise ResumeFailed
        except RedisError as error:
            log.warning("gateway.resume_failed", error=str(error))
            raise ResumeFailed("internal-server-error") from error
        return await self._restore(id, state), state["modules"]

    async def _ask_home(self, identity: Identity, id: str) -> None:
        """The node that has the session has parked it, if there is one."""
        moved = await self._redis.get(home_key(id))
        node = text_of(moved) if moved else id.partition(".")[0]
        if node != self._gateway.node and await self._redis.exists(node_key(node)):
            question = {"id": id, "bare": str(identity.bare)}
            await self._gateway.bus.ask(node, "park", question, HAND_OVER_S)

    async def _hear_park(self, question: dict[str, Any]) -> None:
        """Another node's client wants its session, which was here."""
        id_ = str(question["id"])
        managed = self._managed.get(id_)
        if managed is not None and str(managed.session.jid.bare) == question["bare"]:
            await self._free(managed)
            if id_ in self._managed:
                await self.park(managed)
        await self._parked(id_)

    async def _free(self, managed: Managed) -> None:
        # Again and again: while one gave it up, another may have resumed it.
        while managed.connection is not None:
            await managed.connection.surrender()

    async def _peek(self, id: str) -> dict[str, Any] | None:
        found = await self._redis.get(state_key(id))
        return orjson.loads(found) if found else None

    async def _take(self, id: str, home: str = "") -> dict[str, Any] | None:
        """The state, for one taker only; where it is from now on is known with the same step."""
        keys = (state_key(id), PARKED, home_key(id), owed_key(id))
        found, owed = await self._redis.eval(_TAKE, len(keys), *keys, id, home, MOVED_S)
        if not found:
            return None
        state: dict[str, Any] = orjson.loads(found)
        now_s = self._gateway.services.clock.now().timestamp()
        state["unacked"] += [(text_of(text), now_s) for text in owed]
        return state

    async def _restore(self, id: str, state: dict[str, Any]) -> Managed:
        managed = revive(id, state, self._end, self._gateway.services.clock.now())
        await self._gateway.hooks.tell(SessionRevived(managed.session, state["modules"]))
        self._managed[id] = managed
        self._gateway.sessions.add(managed.session)
        await self._gateway.directory.announce(managed.session)
        await self._gateway.inbound.note_directed(managed.session)
        return managed

    async def _bury(self, state: dict[str, Any]) -> None:
        managed = revive("", state, _nothing, self._gateway.services.clock.now())
        await self._gateway.hooks.tell(SessionRevived(managed.session, state["modules"]))
        await self._gateway.bury(managed.session)

    def _end(self, managed: Managed) -> None:
        self._gateway.spawn(self._gateway.unbind(managed.session), "session over")


def _nothing(_: Managed) -> None:
    """A session that is buried ends no further."""


async def tell_unacked(gateway: Gateway, session: Session) -> None:
    """What the client may not have is dealt with by the modules."""
    managed = session.outlet
    left = gateway.resumption.forget(session)
    if not isinstance(managed, Managed):
        return
    acked = managed.ledger.acked
    await gateway.hooks.tell(StanzasAcked(session, acked))
    if left:
        await gateway.hooks.tell(StanzasUnacked(session, left, (acked + 1) % MODULUS))
