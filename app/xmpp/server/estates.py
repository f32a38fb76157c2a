"""What killed nodes left behind: sessions of which leave is still to be taken, in Redis.

`gateway:estate:{node}` is a hash of full addresses to what the directory had of them. It is written
in the step that decides who takes leave for the node (`lease.py`), and holds what is not done yet.
`gateway:undertaker:{node}` says who is at it, for CLAIM_S after each batch: whoever dies at it is
followed by the next node that looks. So leave may be taken of a batch twice, and of none never.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from redis.asyncio import Redis

from app.core.redis_text import text_of
from app.protocol.jid import Jid
from app.xmpp.server.sessions import RemoteSession

#: Who has not said for so long that it goes on is followed by another node.
CLAIM_S: Final = 10
#: What nobody could take leave of for so long is given up.
ESTATE_TTL_S: Final = 86_400
#: The nodes that left something.
ESTATES: Final = "gateway:estates"

#: Whether KEYS[1] is ARGV[1]'s for ARGV[2] seconds from now: it is unless another has it.
_CLAIM: Final = """
local who = redis.call('GET', KEYS[1])
if who and who ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
"""


def estate_key(node: str) -> str:
    """The hash of what the node left."""
    return f"gateway:estate:{node}"


def undertaker_key(node: str) -> str:
    """Says who takes leave for the node now."""
    return f"gateway:undertaker:{node}"


def entry_of(priority: int | None, org_id: int, account_id: int) -> str:
    """A session as the directory has it; a priority of None is one without presence."""
    return f"{'' if priority is None else priority} {org_id} {account_id}"


def read_entry(node: str, jid: Jid, entry: str) -> RemoteSession:
    """The session of which `entry_of` was written."""
    priority, org_id, account_id = entry.split(" ")
    shown = int(priority) if priority else None
    return RemoteSession(node, jid, shown, int(org_id), int(account_id))


def fields_of(lost: Sequence[RemoteSession]) -> list[str]:
    """The sessions as the fields and values of an estate."""
    return [
        part
        for one in lost
        for part in (str(one.jid), entry_of(one.priority, one.org_id, one.account_id))
    ]


class Estates:
    """What is left of dead nodes, as one node sees it. All methods raise RedisError."""

    def __init__(self, redis: Redis, node: str) -> None:
        self._redis = redis
        self._node = node

    async def find_open(self) -> list[str]:
        """The nodes that left something of which leave is not taken yet."""
        return sorted(text_of(name) for name in await self._redis.smembers(ESTATES))

    async def claim(self, node: str) -> bool:
        """Whether this node is to take leave for the dead one, for CLAIM_S from now on."""
        keys = (undertaker_key(node),)
        return bool(await self._redis.eval(_CLAIM, len(keys), *keys, self._node, CLAIM_S))

    async def left_of(self, node: str) -> list[RemoteSession]:
        """The node's sessions of which leave is not taken yet."""
        entries = await self._redis.hgetall(estate_key(node))
        return [
            read_entry(node, Jid.parse(text_of(address)), text_of(entry))
            for address, entry in entries.items()
        ]

    async def settle(self, node: str, done: Sequence[RemoteSession]) -> None:
        """Leave has been taken of these."""
        if done:
            await self._redis.hdel(estate_key(node), *(str(one.jid) for one in done))

    async def close(self, node: str) -> None:
        """Leave has been taken of all."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.delete(estate_key(node), undertaker_key(node))
        pipe.srem(ESTATES, node)
        await pipe.execute()
