"""What gateways say to one another, and other processes to them, over Redis.

`gateway:node:{node}:in` carries stanzas and kicks for one node, `gateway:directory` who came
and went, `gateway:spool` the account for which another process stored stanzas. All of it is
a hint: what must not be lost is a row in PostgreSQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.protocol.jid import Jid
from app.xmpp.hooks import CAUGHT_UP, FromElsewhere, Hooks, SpoolNudge
from app.xmpp.server.directory import CHANNEL as DIRECTORY
from app.xmpp.server.directory import Directory
from app.xmpp.server.sessions import RemoteSession, SessionRegistry

SPOOL: Final = "gateway:spool"
#: What modules say to the modules of every node.
MODULES: Final = "gateway:modules"
#: Commands for every node.
EVERYBODY: Final = "gateway:all"
#: Seconds before Redis is tried again after a failure.
RETRY_S: Final = 1.0

log = structlog.get_logger()


def inbox_of(node: str) -> str:
    """The channel of one node."""
    return f"gateway:node:{node}:in"


class Bus:
    """This node's ear and mouth."""

    def __init__(
        self,
        redis: Redis,
        node: str,
        sessions: SessionRegistry,
        hooks: Hooks,
        directory: Directory,
    ) -> None:
        self._redis = redis
        self._node = node
        self._sessions = sessions
        self._hooks = hooks
        self._directory = directory
        self.is_listening = asyncio.Event()

    async def send_stanza(self, to: RemoteSession, text: str) -> None:
        """The stanza is on its way to a session of another node."""
        await self._say(inbox_of(to.node), {"kind": "stanza", "to": str(to.jid), "text": text})

    async def kick(self, remote: RemoteSession, condition: str) -> None:
        """The other node is told to end that session."""
        message = {"kind": "kick", "to": str(remote.jid), "condition": condition}
        await self._say(inbox_of(remote.node), message)

    async def tell_modules(self, kind: str, data: dict[str, Any]) -> None:
        """The modules of every other node hear of it."""
        await self._say(MODULES, {"node": self._node, "kind": kind, "data": data})

    async def listen(self) -> None:
        """Messages are dealt with until this is cancelled, whatever becomes of Redis meanwhile."""
        while True:
            try:
                await self._listen_once()
            except (RedisError, OSError) as error:
                log.warning("gateway.bus_away", error=str(error))
            self.is_listening.clear()
            await asyncio.sleep(RETRY_S)

    async def _listen_once(self) -> None:
        pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
        try:
            await pubsub.subscribe(inbox_of(self._node), EVERYBODY, DIRECTORY, SPOOL, MODULES)
            await self._catch_up()
            self.is_listening.set()
            async for message in pubsub.listen():
                await self._hear(message["channel"].decode(), message["data"])
        finally:
            await pubsub.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped

    async def _catch_up(self) -> None:
        """What was said while nobody listened is found out: sessions elsewhere, and spools."""
        await self._directory.load()
        await self._directory.announce(*self._sessions)
        await self._hooks.tell(FromElsewhere(CAUGHT_UP, {}))
        for account_id in {session.account_id for session in self._sessions}:
            await self._hooks.tell(SpoolNudge(account_id))

    async def _hear(self, channel: str, data: bytes) -> None:
        try:
            message = orjson.loads(data)
            hear = _EARS.get(channel, Bus._hear_command)
            await hear(self, message)
        except (RedisError, OSError):
            raise
        except Exception:
            # An edge: one message that cannot be understood must not deafen the node.
            log.exception("gateway.bus_failed", channel=channel)

    async def _hear_directory(self, message: dict[str, Any]) -> None:
        self._directory.hear(message)

    async def _hear_spool(self, message: dict[str, Any]) -> None:
        await self._hooks.tell(SpoolNudge(int(message["account_id"])))

    async def _hear_modules(self, message: dict[str, Any]) -> None:
        if message.get("node") != self._node:
            await self._hooks.tell(FromElsewhere(str(message["kind"]), message["data"]))

    async def _hear_command(self, message: dict[str, Any]) -> None:
        to = Jid.parse(message["to"])
        sessions = self._sessions.online(to) if to.is_bare else [self._sessions.find(to)]
        for session in sessions:
            if session is None:
                continue
            if message["kind"] == "kick":
                session.close(str(message["condition"]), message.get("text"))
            elif message["kind"] == "stanza":
                session.send(str(message["text"]))

    async def _say(self, channel: str, message: dict[str, Any]) -> None:
        try:
            await self._redis.publish(channel, orjson.dumps(message))
        except RedisError as error:
            log.warning("gateway.bus_away", error=str(error), channel=channel)


_EARS: Final[dict[str, Callable[[Bus, dict[str, Any]], Awaitable[None]]]] = {
    DIRECTORY: Bus._hear_directory,
    SPOOL: Bus._hear_spool,
    MODULES: Bus._hear_modules,
}
