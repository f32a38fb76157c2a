"""XEP-0313 for rooms: what was said, in pages, for those who may enter (4; XEP-0045 7.2.13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from app.domain.chat import rooms_archive
from app.domain.chat.rooms_archive import RoomPage, RoomWish
from app.models.chat import ChatRoomArchive
from app.protocol import ns, rsm
from app.protocol.element import Element, add, has, make, name_of
from app.protocol.errors import StanzaError
from app.protocol.forms import FORM_TYPE, Field, find_form, form, values
from app.protocol.forward import forwarded
from app.protocol.jid import Jid
from app.protocol.stamp import read_stamp
from app.protocol.xmlio import parse
from app.xmpp.modules.muc.visit import Visit

#: 4.1.5: by what a room's archive can be searched, with the type of each field.
FIELDS: Final = {
    "with": "jid-single",
    "start": "text-single",
    "end": "text-single",
    "before-id": "text-single",
    "after-id": "text-single",
    "ids": "list-multi",
}
PAGE: Final = 50


async def show_form(visit: Visit, query: Element) -> Element:
    """4.1.5: what can be asked for."""
    _check_may(visit)
    return search_form(query)


def search_form(query: Element) -> Element:
    """4.1.5: the fields of a room's archive. Raises feature-not-implemented."""
    if name_of(query) != "query":
        raise StanzaError("feature-not-implemented")
    wishes = [Field(name, (), type_) for name, type_ in FIELDS.items()]
    return make("query", ns.MAM, None, form("form", ns.MAM, wishes))


async def take(visit: Visit, query: Element) -> Element:
    """4: one page, each message by itself, then `<fin/>`."""
    _check_may(visit)
    if name_of(query) != "query":
        raise StanzaError("feature-not-implemented")
    room = visit.room
    wish = read_wish(query, lambda text: _by_whom(visit, text))
    await room.settled()
    async with visit.work() as ctx:
        found = await rooms_archive.find_page(ctx, room.row_id, wish)
    rows = found.rows[::-1] if has(query, "flip-page") else found.rows
    for row in rows:
        room.tell([visit.seat], _result(visit, row, query.get("queryid")))
    return fin_of(found)


def fin_of(found: RoomPage) -> Element:
    """4.2: what ends the page."""
    fin = make("fin", ns.MAM)
    if found.is_complete:
        fin.set("complete", "true")
    first = found.rows[0].stanza_id if found.rows else None
    last = found.rows[-1].stanza_id if found.rows else None
    fin.append(rsm.page_result(first, last, found.count))
    return fin


def _result(visit: Visit, row: ChatRoomArchive, query_id: str | None) -> Element:
    said = parse(row.stanza)
    if _sees_jids(visit) and row.nick:
        # 5.1.2: who may know who spoke finds it in the result.
        x = add(said, "x", ns.MUC_USER)
        add(x, "item", attributes={"jid": row.sender})
    return result_of(visit.room.name, row, said, query_id)


def result_of(room: str, row: ChatRoomArchive, said: Element, query_id: str | None) -> Element:
    """4.2: one message of the page."""
    attributes = {"queryid": query_id, "id": row.stanza_id} if query_id else {"id": row.stanza_id}
    result = make("result", ns.MAM, attributes, forwarded(said, row.sent_at))
    return make("message", ns.CLIENT, {"from": room}, result)


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


def read_wish(query: Element, by_whom: Callable[[str], tuple[str | None, str | None]]) -> RoomWish:
    """4.1: what is asked for; `by_whom` reads `with` as a nick, or as the address of a sender.

    Raises feature-not-implemented, bad-request.
    """
    page = rsm.read_page(query)
    asked = find_form(query)
    given = values(asked) if asked is not None else {}
    unknown = given.keys() - FIELDS.keys() - {FORM_TYPE}
    if unknown:
        # 4.1.1: a filter that is not understood must not be passed over.
        raise StanzaError("feature-not-implemented", text=f"unknown field {min(unknown)}")
    text = {name: given[name][0] for name in FIELDS if given.get(name)}
    try:
        start, end = (read_stamp(text[n]) if n in text else None for n in ("start", "end"))
    except ValueError as error:
        raise StanzaError("bad-request", "modify", str(error)) from error
    nick, sender = by_whom(text["with"]) if "with" in text else (None, None)
    return RoomWish(
        page.limit(PAGE),
        nick,
        sender,
        start,
        end,
        page.after or None,
        page.before,
        text.get("after-id"),
        text.get("before-id"),
        given.get("ids", ()),
    )


def _by_whom(visit: Visit, text: str) -> tuple[str | None, str | None]:
    """4.1.1: an occupant's address, or a real one for those who may see it."""
    who = Jid.parse(text)
    if who.bare == visit.room.jid:
        return who.resource or None, None
    if not _sees_jids(visit):
        raise StanzaError("item-not-found")
    return None, str(who.bare)
