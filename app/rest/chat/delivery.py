"""Stanzas that are kept go to whoever is connected, on whichever gateway."""

from __future__ import annotations

from app.core.context import Actor
from app.core.uow import unit_of_work
from app.domain.chat import spool
from app.domain.chat.spool import Stored
from app.domain.chat.writing import Written
from app.protocol.jid import Jid
from app.rest.chat.caller import Caller
from app.xmpp.remote import RedisRouter


async def deliver(caller: Caller, to: Jid, written: Written) -> None:
    """RFC 6121 8.5: the resource has it, or else those that take messages; or else it waits.

    A spool that is full keeps no more; the message is in the archive.
    """
    if written.account_id is None:
        return
    live = RedisRouter(caller.services.redis)
    if to.resource and await live.deliver(to, written.text):
        return
    if await live.deliver(to.bare, written.text):
        return
    stored = Stored(written.account_id, written.stanza_id, written.text, written.has_push)
    actor = Actor("contact", contact_id=caller.contact_id)
    async with unit_of_work(caller.services, org_id=caller.org_id, actor=actor) as ctx:
        await spool.store_many(ctx, [stored])
