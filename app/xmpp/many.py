"""One stanza each for many accounts, from a process that holds no sockets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from redis.asyncio import Redis

from app.protocol.jid import Jid
from app.xmpp.server.directory import find_online_many
from app.xmpp.server.lease import inbox_of
from app.xmpp.server.sessions import RemoteSession


async def find_takers(redis: Redis, people: Sequence[Jid]) -> list[RemoteSession]:
    """Every resource of these accounts that takes messages (RFC 6121 8.5.2.1.1). Two round trips."""
    found = await find_online_many(redis, people)
    return [one for one in found if one.priority is not None and one.priority >= 0]


async def tell_each(redis: Redis, takers: Sequence[RemoteSession], news: Mapping[str, str]) -> None:
    """Every resource has the stanza that is for its account. One round trip."""
    if not takers:
        return
    pipe: Any = redis.pipeline(transaction=False)
    for one in takers:
        message = {"kind": "stanza", "to": str(one.jid), "text": news[str(one.jid.bare)]}
        pipe.publish(inbox_of(one.node), orjson.dumps(message))
    await pipe.execute()
