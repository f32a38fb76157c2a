"""The running chat server, for processes that hold no sockets: web, admin and workers.

What is said here is a hint over Redis. A stanza that must arrive is a row of the spool
first; `nudge_spool` only makes it arrive at once.
"""

from __future__ import annotations

from typing import Any

import orjson
from redis.asyncio import Redis

from app.protocol.jid import Jid
from app.xmpp.modules.carbons import KIND as CARBONS
from app.xmpp.server.bus import MODULES, SPOOL
from app.xmpp.server.directory import find_online
from app.xmpp.server.lease import inbox_of
from app.xmpp.server.sessions import RemoteSession


class RedisRouter:
    """Reaches sessions on whichever gateway they are."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def sessions(self, bare: Jid) -> list[RemoteSession]:
        """The account's bound sessions; a priority of None is one without presence."""
        return await find_online(self._redis, bare.bare)

    async def is_online(self, bare: Jid) -> bool:
        """Whether the account has an available resource (RFC 6121 4.2)."""
        return any(session.priority is not None for session in await self.sessions(bare))

    async def nudge_spool(self, account_id: int) -> None:
        """The gateway that has the account's sessions looks into its spool."""
        await self._redis.publish(SPOOL, orjson.dumps({"account_id": account_id}))

    async def kick(self, address: Jid, text: str = "", condition: str = "policy-violation") -> int:
        """The session, or with a bare address each of them, ends; gives how many were told."""
        found = [
            session
            for session in await self.sessions(address)
            if address.is_bare or session.jid == address
        ]
        for session in found:
            message = {"kind": "kick", "condition": condition, "text": text or None}
            await self._say(session, message)
        return len(found)

    async def deliver(self, address: Jid, text: str) -> int:
        """A serialised stanza goes to the resource, or to each available one, past every hook."""
        found = [
            session
            for session in await self.sessions(address)
            if session.jid == address or (address.is_bare and _takes_messages(session))
        ]
        for session in found:
            await self._say(session, {"kind": "stanza", "text": text})
        return len(found)

    async def copy_sent(self, account: Jid, text: str) -> None:
        """XEP-0280 7: the account's resources that want copies have the message as sent by another."""
        copied = {"name": "sent", "account": str(account.bare), "but": [], "stanza": text}
        message = {"node": "", "kind": CARBONS, "data": copied}
        await self._redis.publish(MODULES, orjson.dumps(message))

    async def _say(self, session: RemoteSession, message: dict[str, Any]) -> None:
        told = message | {"to": str(session.jid)}
        await self._redis.publish(inbox_of(session.node), orjson.dumps(told))


def _takes_messages(session: RemoteSession) -> bool:
    """RFC 6121 8.5.2.1.1: available, and not of negative priority."""
    return session.priority is not None and session.priority >= 0
