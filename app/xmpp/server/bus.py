"""What gateways say to one another, and other processes to them, over Redis.

`gateway:node:{node}:in` carries stanzas and kicks for one node, `gateway:directory` who came
and went, `gateway:spool` the account for which another process stored stanzas. All of it is
a hint: what must not be lost is a row in PostgreSQL.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any, Final

import orjson
import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from app.protocol.jid import Jid
from app.xmpp.hooks import CAUGHT_UP, FromElsewhere, Hooks, SpoolNudge
from app.xmpp.server.directory import CHANNEL as DIRECTORY
from app.xmpp.server.directory import Directory
from app.xmpp.server.lease import inbox_of
from app.xmpp.server.sessions import RemoteSession, SessionRegistry

SPOOL: Final = "gateway:spool"
#: What modules say to the modules of every node.
MODULES: Final = "gateway:modules"
#: Commands for every node.
EVERYBODY: Final = "gateway:all"
#: Seconds before Redis is tried again after a failure.
RETRY_S: Final = 1.0
#: Seconds that another node has to answer a module's question.
ANSWER_S: Final = 2.0

log = structlog.get_logger()

#: Instead of an answer: nobody hears on the node's channel.
_DEAF: Final = object()

#: Answers a question of another node.
Command = Callable[[dict[str, Any]], Awaitable[Any]]


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
        self._has_left = asyncio.Event()
        self._pubsub: PubSub | None = None
        self._commands: dict[str, Command] = {}
        self._answers: dict[str, asyncio.Future[Any]] = {}
        self._questions = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        #: What becomes of a stanza whose session has just left this node.
        self.on_missed: Callable[[Jid, str], Awaitable[None]] | None = None

    def on_command(self, kind: str, answer: Command) -> None:
        """`answer` answers such questions of other nodes."""
        self._commands[kind] = answer

    async def ask(self, node: str, kind: str, question: dict[str, Any], within_s: float) -> Any:
        """The other node's answer, None when it gives none in time."""
        answer = await self._ask(node, kind, question, within_s)
        return None if answer is _DEAF else answer

    async def _ask(self, node: str, kind: str, question: dict[str, Any], within_s: float) -> Any:
        number = f"{self._node}-{next(self._questions)}"
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            asked = question | {"kind": kind, "number": number, "asker": self._node}
            if not await self._say(inbox_of(node), asked):
                return _DEAF
            return await asyncio.wait_for(answer, within_s)
        except TimeoutError:
            return None
        finally:
            del self._answers[number]

    async def ask_all(self, kind: str, question: dict[str, Any]) -> list[Any]:
        """What every other node with sessions answers; a node that gives none in time is left out."""
        nodes = self._sessions.remote_nodes()
        answers = [self.ask(node, kind, question, ANSWER_S) for node in nodes]
        return [answer for answer in await asyncio.gather(*answers) if answer is not None]

    async def send_stanza(self, to: RemoteSession, text: str) -> None:
        """The stanza is on its way to a session of another node, or is dealt with as missed."""
        message = {"kind": "stanza", "to": str(to.jid), "text": text}
        if not await self._say(inbox_of(to.node), message) and self.on_missed is not None:
            await self.on_missed(to.jid, text)

    async def pass_on(self, node: str, to: Jid, text: str) -> bool:
        """A stanza that missed its session follows it to that node. False: nobody hears there."""
        message = {"kind": "stanza", "to": str(to), "text": text, "is_forwarded": True}
        return await self._say(inbox_of(node), message)

    async def end_session(self, remote: RemoteSession) -> bool:
        """The other node has ended that session, for a conflict, and said so to everybody.

        It is waited for: who sees both is not to hear of the older one's end after the newer one.
        False: nobody hears there.
        """
        question = {"to": str(remote.jid)}
        return await self._ask(remote.node, "conflict", question, ANSWER_S) is not _DEAF

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
            if self._has_left.is_set():
                return
            await asyncio.sleep(RETRY_S)

    async def _listen_once(self) -> None:
        pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
        try:
            await pubsub.subscribe(inbox_of(self._node), EVERYBODY, DIRECTORY, SPOOL, MODULES)
            await self._catch_up()
            self._pubsub = pubsub
            self.is_listening.set()
            async for message in pubsub.listen():
                await self._hear(message["channel"].decode(), message["data"])
            self._has_left.set()
        finally:
            self._pubsub = None
            await pubsub.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped

    async def leave(self, within_s: float) -> None:
        """Nothing more comes, and what came has been heard: who speaks now knows that nobody hears."""
        if self._pubsub is None:
            return
        try:
            await self._pubsub.unsubscribe()
            await asyncio.wait_for(self._has_left.wait(), within_s)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("gateway.bus_away", error=str(error))

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
        kind = message["kind"]
        if kind == "answer":
            answer = self._answers.get(message["number"])
            if answer is not None and not answer.done():
                answer.set_result(message["value"])
            return
        if kind in self._commands:
            # In the background: an answer may take a while, and the node goes on hearing.
            task = asyncio.create_task(self._answer(self._commands[kind], message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        if "asker" in message:
            # A node without clients of its own: the asker need not wait for it.
            await self._say(
                inbox_of(message["asker"]),
                {"kind": "answer", "number": message["number"], "value": None},
            )
            return
        to = Jid.parse(message["to"])
        if kind == "stanza" and not to.is_bare and self._sessions.find(to) is None:
            await self._missed(to, message)
            return
        sessions = self._sessions.online(to) if to.is_bare else [self._sessions.find(to)]
        for session in sessions:
            if session is None:
                continue
            if kind == "kick" and str(session.jid) != message.get("spared"):
                session.close(str(message["condition"]), message.get("text"))
            elif kind == "stanza":
                session.send(str(message["text"]))

    async def _answer(self, command: Command, message: dict[str, Any]) -> None:
        try:
            value = await command(message)
        except (RedisError, OSError) as error:
            log.warning("gateway.bus_away", error=str(error))
            value = None
        except Exception:
            # An edge: nobody awaits this task, and the asker must not wait for long.
            log.exception("gateway.bus_failed", kind=message["kind"])
            value = None
        answer = {"kind": "answer", "number": message["number"], "value": value}
        await self._say(inbox_of(message["asker"]), answer)

    async def _missed(self, to: Jid, message: dict[str, Any]) -> None:
        """The session is elsewhere by now: the stanza follows it, once, or is dealt with anew."""
        remote = self._sessions.find_remote(to)
        if remote is not None and not message.get("is_forwarded"):
            forwarded = message | {"is_forwarded": True}
            if await self._say(inbox_of(remote.node), forwarded):
                return
        if self.on_missed is not None:
            await self.on_missed(to, str(message["text"]))

    async def _say(self, channel: str, message: dict[str, Any]) -> bool:
        """Whether anybody hears it."""
        try:
            return bool(await self._redis.publish(channel, orjson.dumps(message)))
        except RedisError as error:
            log.warning("gateway.bus_away", error=str(error), channel=channel)
            return False


_EARS: Final[dict[str, Callable[[Bus, dict[str, Any]], Awaitable[None]]]] = {
    DIRECTORY: Bus._hear_directory,
    SPOOL: Bus._hear_spool,
    MODULES: Bus._hear_modules,
}
