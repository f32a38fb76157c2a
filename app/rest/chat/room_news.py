"""Brings what a MUC Light room says to its members, wherever they are connected."""

from __future__ import annotations

from redis.exceptions import RedisError

from app.core import log
from app.domain.chat import spool
from app.domain.chat.rooms_light_news import News
from app.protocol.jid import Jid
from app.rest.chat.caller import Caller
from app.xmpp import many

_log = log.get(__name__)


async def tell(caller: Caller, news: News) -> None:
    """Every resource of everybody has his stanza; for who has none it waits in the spool."""
    if not news:
        return
    present = await _tell_present(caller, news)
    absent = {who: text for who, text in news.items() if who not in present}
    if absent:
        async with caller.work() as ctx:
            await spool.hold(ctx, str(ctx.ids.uuid7()), absent)


async def _tell_present(caller: Caller, news: News) -> set[str]:
    """Who was told at once."""
    redis = caller.services.redis
    try:
        takers = await many.find_takers(redis, [Jid.parse(who) for who in news])
        await many.tell_each(redis, takers, news)
    except RedisError as error:
        # Nobody can be reached now: it waits, and is found by the gateways' sweep.
        _log.warning("room news not delivered at once", reason=str(error))
        return set()
    return {str(one.jid.bare) for one in takers}
