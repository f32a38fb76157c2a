"""What a MUC Light room says to its members (urn:xmpp:muclight:0), wherever they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from redis.exceptions import RedisError

from app.core import log
from app.core.context import Ctx
from app.domain.chat import rooms_archive, rooms_subscribers
from app.domain.chat.rooms_archive import Said
from app.models.chat import ChatRoom
from app.protocol import ns
from app.protocol.element import Element, add, copy, make
from app.protocol.jid import Jid
from app.protocol.xmlio import serialise
from app.rest.chat.caller import Caller
from app.xmpp import many

_log = log.get(__name__)

NS: Final = "urn:xmpp:muclight:0"

#: Bare address -> the stanza that is for it.
News = dict[str, str]


def affiliations(room: ChatRoom, people: Mapping[str, str]) -> Element:
    """Who has which affiliation now."""
    x = make("x", f"{NS}#affiliations")
    add(x, "version", text=room.version)
    for who, affiliation in sorted(people.items()):
        add(x, "user", attributes={"affiliation": affiliation}, text=who)
    return x


def configuration(room: ChatRoom, options: Mapping[str, str], before: str) -> Element:
    """Which options are others than before."""
    x = make("x", f"{NS}#configuration")
    add(x, "prev-version", text=before)
    add(x, "version", text=room.version)
    for name, value in sorted(options.items()):
        add(x, name, text=value)
    return x


def notice(room: ChatRoom, id_: str, x: Element) -> Element:
    """The room's own message; its empty body is for clients that know messages only."""
    stanza = make("message", ns.CLIENT, {"from": room.jid, "type": "groupchat", "id": id_})
    stanza.append(x)
    add(stanza, "body")
    return stanza


async def keep(ctx: Ctx, room: ChatRoom, sender: str, stanza: Element) -> None:
    """The stanza is in the room's archive and carries its id there (XEP-0359 3)."""
    stanza_id, now = str(ctx.ids.uuid7()), ctx.clock.now()
    add(stanza, "stanza-id", ns.STANZA_IDS, {"by": room.jid, "id": stanza_id})
    said = Said(room.id, room.epoch, stanza_id, sender, sender, now, serialise(stanza))
    await rooms_archive.keep_many(ctx, [said])


def for_each(stanza: Element, people: Iterable[str]) -> News:
    """The stanza, addressed to each."""
    told = copy(stanza)
    news = {}
    for who in people:
        told.set("to", who)
        news[who] = serialise(told)
    return news


async def tell(caller: Caller, news: News) -> None:
    """Every resource of everybody has his stanza; for who has none it waits in the spool."""
    if not news:
        return
    present = await _tell_present(caller, news)
    absent = {who: text for who, text in news.items() if who not in present}
    if absent:
        async with caller.work() as ctx:
            await rooms_subscribers.hold(ctx, str(ctx.ids.uuid7()), absent)


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
