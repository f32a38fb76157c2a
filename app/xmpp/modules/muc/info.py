"""XEP-0045 6.3 to 6.5 and XEP-0030: what a room and the room service say of themselves."""

from __future__ import annotations

from app.core.context import Ctx
from app.domain.chat import rooms, rooms_config
from app.protocol import ns, rsm
from app.protocol.element import Element, make
from app.protocol.errors import StanzaError
from app.protocol.forms import Field, form
from app.protocol.jid import Jid
from app.xmpp.modules.muc import card, hats, names, register
from app.xmpp.modules.muc.room import Room
from app.xmpp.modules.muc.visit import Visit


def features(room: Room) -> set[str]:
    """6.4 and 15.3: what the room is and does."""
    config = room.config
    found = {
        *names.FEATURES,
        "muc_persistent" if config.persistent else "muc_temporary",
        "muc_public" if config.public else "muc_hidden",
        "muc_membersonly" if config.members_only else "muc_open",
        "muc_moderated" if config.moderated else "muc_unmoderated",
        "muc_semianonymous" if config.anonymous else "muc_nonanonymous",
        "muc_passwordprotected" if config.password_protected else "muc_unsecured",
    }
    if config.mam:
        found.add(ns.MAM)
    if config.captcha_protected:
        found.add(names.CAPTCHA)
    if config.enable_hats:
        found |= {names.HATS, names.COMMANDS}
    if config.allow_subscription:
        found.add(names.MUCSUB)
    return found


async def describe(visit: Visit, query: Element) -> Element:
    """6.4: disco#info of a room, with the form of muc#roominfo."""
    node = query.get("node")
    if node == names.RESERVED_NICK:
        return register.reserved(visit)
    if node:
        raise StanzaError("item-not-found")
    room = visit.room
    result = make("query", ns.DISCO_INFO)
    identity = {"category": "conference", "type": "text"}
    if room.config.title:
        identity["name"] = room.config.title
    result.append(make("identity", ns.DISCO_INFO, identity))
    for feature in sorted(features(room)):
        result.append(make("feature", ns.DISCO_INFO, {"var": feature}))
    result.append(form("result", names.ROOMINFO, _info(room)))
    return result


async def list_occupants(visit: Visit, query: Element) -> Element:
    """6.5: who is in the room, for those who are, and for all where its owner says so."""
    room = visit.room
    result = make("query", ns.DISCO_ITEMS)
    if query.get("node") == names.COMMANDS:
        result.set("node", names.COMMANDS)
        result.extend(hats.list_commands(room) if room.config.enable_hats else [])
        return result
    if not room.config.public_list and visit.occupant is None:
        return result
    for nick in sorted(room.occupants):
        result.append(make("item", ns.DISCO_ITEMS, {"jid": room.address(nick)}))
    return result


def describe_service(name: str) -> Element:
    """6.2: disco#info of the service."""
    query = make("query", ns.DISCO_INFO)
    identity = {"category": "conference", "type": "text", "name": name}
    query.append(make("identity", ns.DISCO_INFO, identity))
    for feature in (ns.DISCO_INFO, ns.DISCO_ITEMS, ns.MUC, ns.PING, ns.RSM, ns.VCARD, names.MUCSUB):
        query.append(make("feature", ns.DISCO_INFO, {"var": feature}))
    return query


async def list_service(ctx: Ctx, service: Jid, query: Element) -> Element:
    """6.3: the service's public rooms, in pages (XEP-0059)."""
    page = rsm.read_page(query)
    limit = page.limit(rsm.MAX_PAGE)
    start = page.index or 0
    found = await rooms.list_rooms(
        ctx, service.domain, only_public=True, limit=limit, offset=start, after=page.after or ""
    )
    count = await rooms.count_rooms(ctx, service.domain, only_public=True)
    result = make("query", ns.DISCO_ITEMS)
    for room in found:
        attributes = {"jid": room.jid, "name": room.name or room.jid.partition("@")[0]}
        result.append(make("item", ns.DISCO_ITEMS, attributes))
    if query.find(f"{{{ns.RSM}}}set") is not None:
        first, last = (found[0].jid, found[-1].jid) if found else (None, None)
        result.append(rsm.page_result(first, last, count, start if not page.after else None))
    return result


def _info(room: Room) -> list[Field]:
    config = room.config
    may_set = "1" if config.allow_change_subj else "0"
    fields = [
        Field("muc#maxhistoryfetch", (str(rooms_config.MAX_HISTORY),)),
        Field("muc#roomconfig_roomname", (config.title,)),
        Field("muc#roominfo_description", (config.description,)),
        Field("muc#roominfo_lang", (config.lang,)),
        Field("muc#roominfo_occupants", (str(len(room.occupants)),)),
        Field("muc#roominfo_subject", (room.subject,)),
        Field("muc#roominfo_subjectmod", (may_set,), "boolean"),
        Field("muc#roominfo_changesubject", (may_set,), "boolean"),
    ]
    if config.pubsub:
        fields.append(Field("muc#roominfo_pubsub", (config.pubsub,)))
    picture = card.picture_of(room)
    if picture:
        fields.append(Field("muc#roominfo_avatarhash", (picture,), "text-multi"))
    return fields
