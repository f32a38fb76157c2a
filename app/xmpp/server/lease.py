"""Which nodes live: each says so in Redis again and again, and the others look.

A node is dead when its lease has run out. It is dead sooner when nobody hears on its channel and
it does not renew its lease either: the kernel closes the sockets of a killed process at once, and
leaves those of a busy one open. So a kill is noticed within some four seconds, and a node that is
merely slow has the whole lease.

Whoever was away himself, or comes back to a Redis that has lost its data, judges nobody until the
others have had the time to renew theirs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from redis.asyncio import Redis

from app.xmpp.server.estates import (
    CLAIM_S,
    ESTATE_TTL_S,
    ESTATES,
    estate_key,
    fields_of,
    undertaker_key,
)
from app.xmpp.server.sessions import RemoteSession

#: A node that does not speak for so long is dead, whether it is slow or its host is gone.
LEASE_S: Final = 10
#: Between two renewals of the lease, and two looks at the others.
RENEW_S: Final = 1.0
#: A node whose channel nobody hears is dead after this much silence.
SILENT_S: Final = 3.0
#: Who was away for longer than this may have missed what the others said.
AWAY_S: Final = LEASE_S / 2
#: What was said of a dead node is kept for so long, should it have been a slow one.
BURIED_TTL_S: Final = 86_400

#: The node ARGV[4] is dead and ARGV[1] buries it (2), another did (1), or it has spoken meanwhile
#: (0). Who buries it has what it left, ARGV[7] and so on, written down in the same step.
_BURY: Final = """
if redis.call('PTTL', KEYS[1]) > tonumber(ARGV[2]) then return 0 end
redis.call('DEL', KEYS[1])
if not redis.call('SET', KEYS[2], ARGV[1], 'NX', 'EX', ARGV[3]) then return 1 end
for i = 7, #ARGV, 2 do redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 1]) end
if #ARGV > 6 then
  redis.call('EXPIRE', KEYS[3], ARGV[6])
  redis.call('SADD', KEYS[5], ARGV[4])
  redis.call('SET', KEYS[4], ARGV[1], 'EX', ARGV[5])
end
return 2
"""


class Renewal(StrEnum):
    """What a node learns of itself when it renews its lease."""

    KEPT = "kept"
    #: The lease was not there: Redis was away for long, or has lost its data.
    ANEW = "anew"
    #: Others took the node for dead and have taken leave of its sessions.
    BURIED = "buried"


class Burial(StrEnum):
    """What one who takes a node for dead is told."""

    ALIVE = "alive"
    ANOTHERS = "another's"
    OURS = "ours"


_BURIALS: Final = (Burial.ALIVE, Burial.ANOTHERS, Burial.OURS)


def node_key(node: str) -> str:
    """The lease of a node."""
    return f"gateway:node:{node}"


def inbox_of(node: str) -> str:
    """The channel of one node."""
    return f"gateway:node:{node}:in"


def buried_key(node: str) -> str:
    """Says who took leave for a node."""
    return f"gateway:lost:{node}"


class Lease:
    """This node's lease, and what it sees of the others'. All methods raise RedisError."""

    def __init__(self, redis: Redis, node: str) -> None:
        self._redis = redis
        self._node = node
        self._renewed_s: float | None = None
        self._judges_from_s = 0.0
        #: Nodes that nobody hears for, and since when that has been seen.
        self._deaf_since_s: dict[str, float] = {}

    async def renew(self) -> Renewal:
        """The lease is fresh."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.set(node_key(self._node), "1", ex=LEASE_S, get=True)
        pipe.getdel(buried_key(self._node))
        had_lease, buried_by = await pipe.execute()
        now_s = asyncio.get_running_loop().time()
        away_s = 0.0 if self._renewed_s is None else now_s - self._renewed_s
        if self._renewed_s is not None and (had_lease is None or away_s > AWAY_S):
            self._judges_from_s = now_s + LEASE_S
        if away_s > SILENT_S:
            self._deaf_since_s.clear()
        self._renewed_s = now_s
        if buried_by is not None:
            return Renewal.BURIED
        return Renewal.ANEW if had_lease is None else Renewal.KEPT

    async def find_dead(self, nodes: Iterable[str]) -> list[str]:
        """Those of the nodes that seem to be dead. Ask it after `renew`."""
        asked, now_s = sorted(nodes), asyncio.get_running_loop().time()
        self._deaf_since_s = {n: s for n, s in self._deaf_since_s.items() if n in asked}
        if not asked or now_s < self._judges_from_s:
            return []
        pipe = self._redis.pipeline(transaction=False)
        for node in asked:
            pipe.pttl(node_key(node))
        pipe.pubsub_numsub(*(inbox_of(node) for node in asked))
        *left_ms, heard = await pipe.execute()
        return [
            node
            for node, ms, (_, ears) in zip(asked, left_ms, heard, strict=True)
            if ms < 0 or (self._is_deaf(node, ears, now_s) and ms <= _silent_ms())
        ]

    async def bury(self, node: str, left: Sequence[RemoteSession] = ()) -> Burial:
        """Whether the node is dead indeed, and who takes leave for it: only one does.

        Of what it left somebody takes leave whatever becomes of the one (`estates.py`).
        """
        keys = (
            node_key(node),
            buried_key(node),
            estate_key(node),
            undertaker_key(node),
            ESTATES,
        )
        limits = (_silent_ms(), BURIED_TTL_S, node, CLAIM_S, ESTATE_TTL_S)
        found = await self._redis.eval(
            _BURY, len(keys), *keys, self._node, *limits, *fields_of(left)
        )
        return _BURIALS[int(found)]

    async def give_back(self) -> None:
        """The node lives no more, by its own will."""
        await self._redis.delete(node_key(self._node))

    def _is_deaf(self, node: str, ears: int, now_s: float) -> bool:
        """Whether nobody has heard for the node for a while: a lost connection is soon made anew."""
        if ears:
            self._deaf_since_s.pop(node, None)
            return False
        return now_s - self._deaf_since_s.setdefault(node, now_s) >= SILENT_S


def _silent_ms() -> int:
    """What is left of the lease of a node that has been silent for SILENT_S."""
    return int((LEASE_S - SILENT_S) * 1000)
