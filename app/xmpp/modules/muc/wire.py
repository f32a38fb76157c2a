"""What the nodes say to one another about rooms, over Redis, and where each room lives.

`rooms:node:{node}` is the ear of one node, `rooms:changes` that of all. `rooms:owner:{room}` names
the node that has the room; it counts while that node's lease is there. `rooms:seats:{room}` says
who is present: a copy, for other processes and for the node that comes next. All of it may be
lost: rooms are rows, and the epoch in a room's row fences off a node that was deposed.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable
from enum import StrEnum
from typing import Any, Final

import orjson
import structlog
from redis.exceptions import RedisError

from app.core.tasks import end
from app.domain.chat.rooms_live import CHANGES
from app.domain.chat.rooms_seats import seats_key
from app.protocol.jid import Jid
from app.xmpp.module import Host
from app.xmpp.modules.muc.room import Seat
from app.xmpp.server.lease import node_key
from app.xmpp.server.parked import home_key, state_key

#: Begins the name under which a session that waits for its client has its seats.
PARKED: Final = "parked:"
#: Stanzas that wait for such a session; of more the oldest are in the room's archive only.
MAX_OWED: Final = 1_000
OWED_TTL_S: Final = 86_400
OWNER_TTL_S: Final = 120
SEATS_TTL_S: Final = 86_400
#: Seconds that another node has to deal with a stanza.
ANSWER_S: Final = 10.0
#: Seconds after which one looks whether it is there at all.
ALIVE_S: Final = 0.5
RETRY_S: Final = 1.0
#: Messages that leave in one round trip.
BATCH: Final = 500
#: More waiting than this is given up: Redis is away, and what is live is a hint.
MAX_WAITING: Final = 100_000

#: Who has the room now: its owner, unless that is gone or is said to be (ARGV[2]).
_CLAIM: Final = """
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] and owner ~= ARGV[2]
   and redis.call('EXISTS', ARGV[3] .. owner) == 1 then
  return owner
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[4])
return ARGV[1]
"""
_RELEASE: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""

log = structlog.get_logger()


class Outcome(StrEnum):
    """What became of a stanza that was sent to another node."""

    DONE = "done"
    #: The other node has the room no more.
    MOVED = "moved"
    #: Nobody listens there.
    NOBODY = "nobody"
    LATE = "late"


def ear_of(node: str) -> str:
    """The channel of one node."""
    return f"rooms:node:{node}"


def owner_key(room: Jid | str) -> str:
    """Names the node that has the room."""
    return f"rooms:owner:{room}"


def owed_key(full: Jid | str) -> str:
    """What rooms told a session while it was on no node."""
    return f"rooms:owed:{full}"


def parked_as(id: str) -> str:
    """Stands for a node in the seats of the session that can be resumed by `id`."""
    return PARKED + id


def lease_keys(node: str) -> tuple[str, str]:
    """While either is there, whoever sits under this name is not gone."""
    if not node.startswith(PARKED):
        return node_key(node), node_key(node)
    id_ = node.removeprefix(PARKED)
    return state_key(id_), home_key(id_)


#: A command of Redis and its arguments.
Command = tuple[str | bytes | int, ...]
Hear = Callable[[dict[str, Any]], Awaitable[None]]


class Wire:
    """This node's mouth and ear. `post`, `send` and `record` keep the order of their calls."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._redis = host.services.redis
        self._queue: deque[Command | asyncio.Future[None]] = deque()
        self._has_more = asyncio.Event()
        self._asked: dict[int, asyncio.Future[Outcome]] = {}
        self._number = 0
        self._ears: dict[str, Hear] = {"tell": self._hear_tell, "done": self._hear_done}
        self._tasks: list[asyncio.Task[None]] = []
        self._is_listening = asyncio.Event()
        self._is_over = False
        self._is_leaving = False

    def on(self, kind: str, hear: Hear) -> None:
        """Messages of that kind are given to `hear`."""
        self._ears[kind] = hear

    async def start(self) -> None:
        """The node hears what is said from here on, unless Redis is away."""
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._drain())]
        try:
            await asyncio.wait_for(self._is_listening.wait(), RETRY_S)
        except TimeoutError:
            log.warning("rooms.bus_away")

    async def stop(self, within_s: float) -> None:
        """What waits has left, if Redis takes it."""
        self._is_over = True
        self._has_more.set()
        # Not cancelled in the middle of a round trip, where redis-py may swallow it.
        if self._tasks:
            await asyncio.wait(self._tasks[1:], timeout=within_s)
        await end(self._tasks)

    # Leaving.

    def send(self, seats: Iterable[Seat], head: str, tail: str) -> None:
        """Each of the seats is sent `head`, its address and `tail`: one message for a node."""
        mine, find = self._host.node, self._host.sessions.find
        elsewhere: dict[str, list[str]] = defaultdict(list)
        for seat in seats:
            if seat.node == mine:
                session = find(seat.full)
                if session is not None:
                    session.send(head + seat.to + tail)
                else:
                    self._host.send_after(seat.full, head + seat.to + tail)
            elif seat.node.startswith(PARKED):
                self._owe(seat.full, head + seat.to + tail)
            else:
                elsewhere[seat.node].append(str(seat.full))
        for node, addresses in elsewhere.items():
            self.post(node, {"kind": "tell", "to": addresses, "head": head, "tail": tail})

    def record(self, room: Jid, full: Jid, seat: dict[str, str] | None) -> None:
        """Other processes can read that the resource is present, or no longer."""
        if seat is None:
            self._put(("HDEL", seats_key(room), str(full)))
        else:
            self._put(("HSET", seats_key(room), str(full), orjson.dumps(seat)))

    def post(self, node: str, message: dict[str, Any]) -> None:
        """The message is on its way to that node."""
        self._put(("PUBLISH", ear_of(node), orjson.dumps(message)))

    async def owed(self, full: Jid) -> list[str]:
        """What waited for the session, which is no longer there. Raises RedisError."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.lrange(owed_key(full), 0, -1)
        pipe.delete(owed_key(full))
        found, _ = await pipe.execute()
        return [_text(text) for text in found]

    async def settled(self, within_s: float = RETRY_S) -> None:
        """Everything that was said so far has left, or was given up."""
        if self._queue or self._is_leaving:
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._queue.append(done)
            self._has_more.set()
            await asyncio.wait([done], timeout=within_s)

    async def ask(self, node: str, message: dict[str, Any], within_s: float = ANSWER_S) -> Outcome:
        """The other node has dealt with the message, or it is known why not."""
        self._number += 1
        number = self._number
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self.post(node, message | {"number": number, "node": self._host.node})
        try:
            return await self._answered(node, answer, within_s)
        finally:
            del self._asked[number]

    async def _answered(
        self, node: str, answer: asyncio.Future[Outcome], within_s: float
    ) -> Outcome:
        """The answer; one that was killed after it was asked is not waited for to the end."""
        until_s = asyncio.get_running_loop().time() + within_s
        while (left_s := until_s - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait([answer], timeout=min(left_s, ALIVE_S))
            if answer.done():
                return answer.result()
            if not await self._is_heard(node):
                return Outcome.NOBODY
        return Outcome.LATE

    async def _is_heard(self, node: str) -> bool:
        try:
            found = await self._redis.pubsub_numsub(ear_of(node))
        except (RedisError, OSError):
            return True
        return bool(found[0][1])

    def answer(self, message: dict[str, Any], outcome: Outcome) -> None:
        """Whoever asked knows what became of it."""
        told = {"kind": "done", "number": message["number"], "outcome": outcome}
        self.post(str(message["node"]), told)

    # Owners.

    async def claim(self, room: Jid, deposed: str = "") -> str:
        """The node that has the room: ours, unless another one that lives has it already.

        Without Redis it is ours: the room's epoch tells who is right.
        """
        try:
            owner = await self._redis.eval(
                _CLAIM, 1, owner_key(room), self._host.node, deposed, node_key(""), OWNER_TTL_S
            )
        except (RedisError, OSError) as error:
            log.warning("rooms.owners_away", error=str(error))
            return self._host.node
        return _text(owner)

    async def release(self, room: Jid) -> None:
        """The room is free for the next node."""
        try:
            await self._redis.eval(_RELEASE, 1, owner_key(room), self._host.node)
        except (RedisError, OSError) as error:
            log.warning("rooms.owners_away", error=str(error))

    async def owners(self, rooms: list[Jid]) -> list[str]:
        """Who has each of the rooms; "" for nobody. Our own claims are renewed. Raises RedisError."""
        if not rooms:
            return []
        found = await self._redis.mget([owner_key(room) for room in rooms])
        owners = [_text(owner) for owner in found]
        pipe = self._redis.pipeline(transaction=False)
        for room, owner in zip(rooms, owners, strict=True):
            if owner == self._host.node:
                pipe.expire(owner_key(room), OWNER_TTL_S)
                pipe.expire(seats_key(room), SEATS_TTL_S)
        await pipe.execute()
        return owners

    async def alive(self, nodes: set[str]) -> set[str]:
        """Which of the nodes have their lease, or wait for a client. Raises RedisError."""
        asked = sorted(nodes)
        keys = [key for node in asked for key in lease_keys(node)]
        leases = await self._redis.mget(keys) if keys else []
        pairs = zip(asked, leases[::2], leases[1::2], strict=True)
        return {node for node, *either in pairs if either != [None, None]}

    async def seats(self, room: Jid) -> dict[Jid, dict[str, str]]:
        """Who was present when the room's last owner still told of it."""
        try:
            found = await self._redis.hgetall(seats_key(room))
        except (RedisError, OSError) as error:
            log.warning("rooms.owners_away", error=str(error))
            return {}
        return {Jid.parse(_text(full)): orjson.loads(seat) for full, seat in found.items()}

    # Hearing.

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except (RedisError, OSError) as error:
                log.warning("rooms.bus_away", error=str(error))
            self._is_listening.clear()
            await asyncio.sleep(RETRY_S)

    async def _listen_once(self) -> None:
        pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
        try:
            await pubsub.subscribe(ear_of(self._host.node), CHANGES)
            self._is_listening.set()
            async for message in pubsub.listen():
                await self._hear(message["data"])
        finally:
            await pubsub.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped

    async def _hear(self, data: bytes) -> None:
        try:
            message = orjson.loads(data)
            await self._ears[message["kind"]](message)
        except Exception:
            # An edge: one message that cannot be understood must not deafen the node.
            log.exception("rooms.bus_failed")

    async def _hear_tell(self, message: dict[str, Any]) -> None:
        node = self._host.node
        seats = [Seat.of(Jid.parse(full), node) for full in message["to"]]
        self.send(seats, message["head"], message["tail"])

    async def _hear_done(self, message: dict[str, Any]) -> None:
        self._settle(int(message["number"]), Outcome(message["outcome"]))

    def _settle(self, number: int, outcome: Outcome) -> None:
        waiting = self._asked.get(number)
        if waiting is not None and not waiting.done():
            waiting.set_result(outcome)

    def _owe(self, full: Jid, text: str) -> None:
        key = owed_key(full)
        self._put(("RPUSH", key, text))
        self._put(("LTRIM", key, -MAX_OWED, -1))
        self._put(("EXPIRE", key, OWED_TTL_S))

    def _put(self, entry: Command) -> None:
        if len(self._queue) < MAX_WAITING:
            self._queue.append(entry)
            self._has_more.set()

    async def _drain(self) -> None:
        while self._queue or not self._is_over:
            await self._has_more.wait()
            batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
            if not self._queue and not self._is_over:
                self._has_more.clear()
            if batch:
                self._is_leaving = True
                await self._leave([entry for entry in batch if isinstance(entry, tuple)])
                self._is_leaving = False
            for entry in batch:
                if isinstance(entry, asyncio.Future) and not entry.done():
                    entry.set_result(None)

    async def _leave(self, batch: list[Command]) -> None:
        pipe = self._redis.pipeline(transaction=False)
        for entry in batch:
            pipe.execute_command(*entry)
        try:
            results = await pipe.execute()
        except (RedisError, OSError) as error:
            log.warning("rooms.bus_away", error=str(error), lost=len(batch))
            results = [0] * len(batch)
        for entry, heard in zip(batch, results, strict=True):
            if entry[0] == "PUBLISH" and heard == 0:
                message = orjson.loads(entry[2])  # type: ignore[arg-type]  # as `post` put it
                if message["kind"] in {"stanza", "seat"}:
                    self._settle(message["number"], Outcome.NOBODY)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value or "")
