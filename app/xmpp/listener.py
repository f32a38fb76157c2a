"""Sessions without a socket, for processes that show people their messages by other means.

To the gateways this process is one more node, while it has such sessions: it has a lease, its
sessions are in the directory with priority 0, and stanzas come over the bus.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog
from redis.exceptions import RedisError

from app.core import tasks
from app.core.errors import TooMany
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import domains, spool
from app.protocol import ns
from app.protocol.element import make
from app.protocol.jid import Jid
from app.xmpp.hooks import CAUGHT_UP, FromElsewhere, Hooks, SpoolNudge
from app.xmpp.server.bus import Bus
from app.xmpp.server.directory import Directory
from app.xmpp.server.lease import RENEW_S
from app.xmpp.server.sessions import SessionRegistry
from app.xmpp.session import Session

#: Such sessions of one account, and of this process.
MAX_OF_ACCOUNT: Final = 5
MAX_OF_PROCESS: Final = 2000
#: Stanzas that wait for one reader; a reader that is slower is cut off and reads its archive.
QUEUED: Final = 256
START_S: Final = 10.0

_log = structlog.get_logger()


class Ear:
    """The outlet of one session: what is sent to it waits here to be read."""

    def __init__(self) -> None:
        #: None ends the stream.
        self.heard: asyncio.Queue[str | None] = asyncio.Queue(QUEUED + 1)
        self._is_closed = False

    def send(self, text: str) -> None:
        """The stanza waits for the reader; one that is too slow is cut off."""
        if self.heard.qsize() >= QUEUED:
            self.close("resource-constraint")
        if not self._is_closed:
            self.heard.put_nowait(text)

    def close(self, condition: str, text: str | None = None) -> None:
        """The stream ends after what waits already."""
        if not self._is_closed:
            self._is_closed = True
            self.heard.put_nowait(None)


class Listener:
    """This process as a node. It is one only while somebody listens."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = asyncio.Lock()
        self._node: _Node | None = None

    @asynccontextmanager
    async def listen(self, bare: Jid, org_id: int, account_id: int) -> AsyncIterator[Ear]:
        """Give what comes for the account until the block ends. Raises TooMany."""
        ear = Ear()
        full = bare.with_resource(f"sse-{self._services.ids.token(9)}")
        session = Session(full, org_id=org_id, account_id=account_id, contact_id=None, outlet=ear)
        session.presence = make("presence", ns.CLIENT, {"from": str(full)})
        async with self._lock:
            node = await self._joined()
            node.check_room(bare)
            node.sessions.add(session)
        try:
            await node.directory.announce(session)
            await node.take(account_id)
            yield ear
        finally:
            node.sessions.remove(session)
            # Shielded: a reader that left has its session withdrawn all the same.
            await asyncio.shield(self._leave(node, session))

    async def _joined(self) -> _Node:
        if self._node is None:
            self._node = await _Node.start(self._services)
        return self._node

    async def _leave(self, node: _Node, session: Session) -> None:
        await node.directory.withdraw(session)
        async with self._lock:
            if self._node is node and not len(node.sessions):
                self._node = None
                await node.stop()


class _Node:
    """What a gateway consists of, without its clients."""

    def __init__(self, services: Services) -> None:
        self._services = services
        name = services.ids.token(9)
        self.sessions = SessionRegistry()
        self._hooks = Hooks()
        self._hooks.on(SpoolNudge, self._nudged)
        self._hooks.on(FromElsewhere, self._changed)
        self.directory = Directory(services.redis, name, self.sessions)
        self._bus = Bus(services.redis, name, self.sessions, self._hooks, self.directory)
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def start(cls, services: Services) -> _Node:
        """A node that has its lease and hears."""
        node = cls(services)
        await node.directory.load()
        node._tasks = [asyncio.create_task(node._bus.listen()), asyncio.create_task(node._renew())]
        try:
            await asyncio.wait_for(node._bus.is_listening.wait(), START_S)
        except TimeoutError:
            await node.stop()
            raise
        return node

    async def stop(self) -> None:
        """The node is none any more."""
        await tasks.end(self._tasks)
        try:
            await self.directory.leave()
        except RedisError as error:
            # The lease runs out by itself.
            _log.warning("listener.server_away", error=str(error))

    def check_room(self, bare: Jid) -> None:
        """Raises TooMany where one session more would be too many."""
        if (
            len(self.sessions.online(bare)) >= MAX_OF_ACCOUNT
            or len(self.sessions) >= MAX_OF_PROCESS
        ):
            raise TooMany("Too many event streams are open")

    async def take(self, account_id: int) -> None:
        """What waits for the account is heard, unless a gateway has a session that takes it."""
        mine = self.sessions.of_account(account_id)
        if not mine or any(r.priority is not None for r in self.sessions.remote(mine[0].jid.bare)):
            return
        async with unit_of_work(self._services, org_id=mine[0].org_id) as ctx:
            rows = await spool.oldest(ctx, [account_id])
            for row in rows:
                for session in mine:
                    session.send(row.stanza)
            if rows:
                await spool.taken(ctx, [row.id for row in rows])

    async def _nudged(self, event: SpoolNudge) -> None:
        await self.take(event.account_id)

    async def _changed(self, event: FromElsewhere) -> None:
        """RFC 6120 4.9.3.5: who listens at a domain that is off by now is cut off."""
        if event.kind not in {"DomainChanged", CAUGHT_UP}:
            return
        here = {session.jid.domain for session in self.sessions}
        off = await domains.off_among(self._services, here)
        for session in self.sessions:
            if session.jid.domain in off:
                session.close("host-gone")

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            try:
                await self.directory.renew()
            except (RedisError, OSError) as error:
                _log.warning("listener.server_away", error=str(error))
