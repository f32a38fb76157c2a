"""Stanzas that are kept go to whoever is connected, on whichever gateway."""

from __future__ import annotations

from redis.exceptions import RedisError

from app.core import log
from app.domain.chat import spool
from app.domain.chat.spool import Stored
from app.domain.chat.writing import Written
from app.protocol.element import Element
from app.protocol.jid import Jid
from app.protocol.xmlio import serialise
from app.rest.chat.caller import Caller
from app.xmpp.remote import RedisRouter

_log = log.get(__name__)


async def deliver(caller: Caller, to: Jid, written: Written) -> None:
    """RFC 6121 8.5: the resource has it, or else those that take messages; or else it waits.

    A spool that is full keeps no more; the message is in the archive.
    """
    if written.account_id is None:
        return
    if await _is_taken(caller, to, written.text):
        return
    stored = Stored(written.account_id, written.stanza_id, written.text, written.has_push)
    async with caller.work() as ctx:
        await spool.store_many(ctx, [stored])


async def copy_to_own(caller: Caller, stanza: Element) -> None:
    """XEP-0280 7: the sender's own clients have what he sent from here, wherever they are."""
    try:
        await RedisRouter(caller.services.redis).copy_sent(caller.jid, serialise(stanza))
    except RedisError as error:
        # A copy is for who is there now; later it is found in the archive.
        _log.warning("message not copied", reason=str(error))


async def _is_taken(caller: Caller, to: Jid, text: str) -> bool:
    live = RedisRouter(caller.services.redis)
    try:
        if to.resource and await live.deliver(to, text):
            return True
        return await live.deliver(to.bare, text) > 0
    except RedisError as error:
        # Nobody can be reached now: it waits, and is found by the gateways' sweep.
        _log.warning("message not delivered at once", reason=str(error))
        return False
