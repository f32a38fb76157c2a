"""XEP-0317 Hats: owners and admins put them on and take them off by commands (XEP-0050)."""

from __future__ import annotations

from typing import Final

from app.domain.chat import rooms_hats
from app.domain.chat.rooms_hats import Worn
from app.protocol import ns
from app.protocol.element import Element, make
from app.protocol.errors import StanzaError
from app.protocol.forms import Field, find_form, form, values
from app.protocol.jid import Jid
from app.xmpp.modules.muc import names
from app.xmpp.modules.muc.room import Room
from app.xmpp.modules.muc.shown import HERE, show
from app.xmpp.modules.muc.visit import Visit

FORM: Final = "urn:xmpp:hats:commands"
DON: Final = f"{FORM}:don"
DOFF: Final = f"{FORM}:doff"
_COMMANDS: Final = {DON: "Put on a hat", DOFF: "Take off a hat"}


def list_commands(room: Room) -> list[Element]:
    """XEP-0050 2.2: what there is to execute."""
    return [
        make("item", ns.DISCO_ITEMS, {"jid": room.name, "node": node, "name": name})
        for node, name in _COMMANDS.items()
    ]


async def take(visit: Visit, command: Element) -> Element:
    """3.2, 3.3: the form, or what was filled in is done. Raises forbidden, item-not-found."""
    room, node = visit.room, command.get("node", "")
    if not room.config.enable_hats or node not in _COMMANDS:
        raise StanzaError("item-not-found", text="The room has no such command.")
    if visit.affiliation not in {"owner", "admin"}:
        raise StanzaError("forbidden", text="Owners and admins give hats.")
    session = command.get("sessionid") or visit.stanza_id
    if command.get("action") == "cancel":
        return _answer(node, session, "canceled")
    asked = find_form(command)
    if asked is None:
        return _answer(node, session, "executing", form("form", FORM, _fields(node)))
    given = {name: texts[0] for name, texts in values(asked).items() if texts}
    who, uri = Jid.parse(given.get("accountjid", "")).bare, given.get("hat", "")
    async with visit.work() as ctx:
        if node == DON:
            title = given.get("title", "")
            worn = await rooms_hats.don(ctx, room.name, str(who), uri, title, origin=visit.node)
        else:
            worn = await rooms_hats.doff(ctx, room.name, str(who), uri, origin=visit.node)
    await room.settled()
    set_hats(room, worn)
    return _answer(node, session, "completed")


def set_hats(room: Room, worn: Worn) -> None:
    """3.1: whose hats are others than before is seen with them."""
    before, room.hats = room.hats, worn
    if not room.config.enable_hats:
        return
    for occupant in list(room.occupants.values()):
        who = str(occupant.bare)
        if before.get(who, ()) != worn.get(who, ()):
            show(room, occupant, HERE)


def _fields(node: str) -> list[Field]:
    fields = [
        Field("accountjid", (), "jid-single", "Address of the person", required=True),
        Field("hat", (), "text-single", "Address of the hat", required=True),
    ]
    if node == DON:
        fields.append(Field("title", (), "text-single", "Title, for a hat that is new here"))
    return fields


def _answer(node: str, session: str, status: str, *payload: Element) -> Element:
    attributes = {"node": node, "sessionid": session, "status": status}
    return make("command", names.COMMANDS, attributes, *payload)
