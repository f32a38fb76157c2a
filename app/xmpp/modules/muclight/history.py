"""XEP-0313 for MUC Light: what was said, in pages, for members."""

from __future__ import annotations

from app.domain.chat import rooms_archive, rooms_light
from app.protocol import mam
from app.protocol.element import name_of
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid
from app.protocol.xmlio import parse
from app.xmpp.modules.muc import history
from app.xmpp.modules.muclight.words import Asked, Told


async def show_form(asked: Asked) -> Told:
    """4.1.5: what can be asked for."""
    await _row_id(asked)
    if name_of(asked.element) != "query":
        raise StanzaError("feature-not-implemented")
    return Told(mam.search_form())


async def take(asked: Asked) -> Told:
    """4: one page, each message by itself, then `<fin/>`."""
    query, room = mam.read_query(asked.element), str(asked.to)
    room_id = await _row_id(asked)
    sender = _sender(asked.to, query.with_) if query.with_ is not None else None
    found = await rooms_archive.find_page(asked.ctx, room_id, history.wish_of(query, None, sender))
    rows = found.rows[::-1] if query.is_flipped else found.rows
    results = [history.result_of(room, row, parse(row.stanza), query.id) for row in rows]
    ids = [row.stanza_id for row in found.rows]
    return Told(mam.fin(ids, found.count, is_complete=found.is_complete), before=results)


def _sender(room: Jid, who: Jid) -> str:
    """4.1.1: a member by his own address, or by the one that the room gives him."""
    return who.resource if who.bare == room else str(who.bare)


async def _row_id(asked: Asked) -> int:
    """The room's row. Raises NotMember: strangers learn nothing."""
    room = str(asked.to)
    row = await rooms_light.get_light(asked.ctx, room)
    if str(asked.sender) not in await rooms_light.members(asked.ctx, room):
        raise rooms_light.NotMember("You are no member of the room.")
    return row.id
