"""XEP-0313 for rooms: what was said, in pages, for those who may enter (4; XEP-0045 7.2.13)."""

from __future__ import annotations

from app.domain.chat import rooms_archive
from app.domain.chat.rooms_archive import RoomWish
from app.models.chat import ChatRoomArchive
from app.protocol import mam, ns
from app.protocol.element import Element, add, make, name_of
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid
from app.protocol.xmlio import parse
from app.xmpp.modules.muc.visit import Visit


async def show_form(visit: Visit, query: Element) -> Element:
    """4.1.5: what can be asked for."""
    _check_may(visit)
    if name_of(query) != "query":
        raise StanzaError("feature-not-implemented")
    return mam.search_form()


async def take(visit: Visit, query: Element) -> Element:
    """4: one page, each message by itself, then `<fin/>`."""
    _check_may(visit)
    asked, room = mam.read_query(query), visit.room
    nick, sender = _by_whom(visit, asked.with_) if asked.with_ is not None else (None, None)
    await room.settled()
    async with visit.work() as ctx:
        found = await rooms_archive.find_page(ctx, room.row_id, wish_of(asked, nick, sender))
    for row in reversed(found.rows) if asked.is_flipped else found.rows:
        room.tell([visit.seat], result_of(room.name, row, _said(visit, row), asked.id))
    return mam.fin(
        [row.stanza_id for row in found.rows], found.count, is_complete=found.is_complete
    )


def wish_of(asked: mam.Query, nick: str | None, sender: str | None) -> RoomWish:
    """4.1: what is asked of a room's archive, by a nick or by the address of a sender."""
    return RoomWish(
        asked.limit,
        asked.start,
        asked.end,
        asked.after,
        asked.before,
        asked.after_id,
        asked.before_id,
        asked.ids,
        nick=nick,
        sender=sender,
    )


def result_of(room: str, row: ChatRoomArchive, said: Element, query_id: str | None) -> Element:
    """4.2: one message of the page."""
    result = mam.result(query_id, row.stanza_id, said, row.sent_at)
    return make("message", ns.CLIENT, {"from": room}, result)


def _said(visit: Visit, row: ChatRoomArchive) -> Element:
    said = parse(row.stanza)
    if _sees_jids(visit) and row.nick:
        # 5.1.2: who may know who spoke finds it in the result.
        x = add(said, "x", ns.MUC_USER)
        add(x, "item", attributes={"jid": row.sender})
    return said


def _sees_jids(visit: Visit) -> bool:
    return not visit.room.config.anonymous or visit.affiliation in {"owner", "admin"}


def _check_may(visit: Visit) -> None:
    """Whoever may not enter may not read either."""
    room, affiliation = visit.room, visit.affiliation
    if not room.config.mam:
        raise StanzaError("service-unavailable", text="The room keeps no archive.")
    is_shut = room.config.members_only or room.config.password_protected
    is_stranger = affiliation == "none" and visit.occupant is None
    if affiliation == "outcast" or (is_shut and is_stranger):
        raise StanzaError("forbidden")


def _by_whom(visit: Visit, who: Jid) -> tuple[str | None, str | None]:
    """4.1.1: an occupant's address, or a real one for those who may see it."""
    if who.bare == visit.room.jid:
        return who.resource or None, None
    if not _sees_jids(visit):
        raise StanzaError("item-not-found")
    return None, str(who.bare)
