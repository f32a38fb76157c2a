"""XEP-0313 for MUC Light: what was said, in pages, for members."""

from __future__ import annotations

from app.domain.chat import rooms_archive, rooms_light
from app.protocol.element import has, name_of
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid
from app.protocol.xmlio import parse
from app.xmpp.modules.muc import history
from app.xmpp.modules.muclight.words import Asked, Told


async def show_form(asked: Asked) -> Told:
    """4.1.5: what can be asked for."""
    await _row_id(asked)
    return Told(history.search_form(asked.element))


async def take(asked: Asked) -> Told:
    """4: one page, each message by itself, then `<fin/>`."""
    query, room = asked.element, str(asked.to)
    if name_of(query) != "query":
        raise StanzaError("feature-not-implemented")
    room_id = await _row_id(asked)
    wish = history.read_wish(query, lambda text: (None, _sender(asked.to, Jid.parse(text))))
    found = await rooms_archive.find_page(asked.ctx, room_id, wish)
    rows = found.rows[::-1] if has(query, "flip-page") else found.rows
    query_id = query.get("queryid")
    results = [history.result_of(room, row, parse(row.stanza), query_id) for row in rows]
    return Told(history.fin_of(found), before=results)


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
