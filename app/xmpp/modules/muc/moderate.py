"""XEP-0425 Moderated Message Retraction: moderators take back what others said (3, 5)."""

from __future__ import annotations

import asyncio

from app.domain.chat import rooms_archive
from app.protocol import ns
from app.protocol.element import Element, add, child, child_text, make
from app.protocol.errors import StanzaError
from app.protocol.stamp import format_stamp
from app.protocol.xmlio import parse, serialise
from app.xmpp.modules.muc import names, speak
from app.xmpp.modules.muc.room import Occupant, Remembered
from app.xmpp.modules.muc.visit import Visit


async def take(visit: Visit, element: Element) -> Element | None:
    """The message is a tombstone in archive and history, and everybody has been told.

    Raises forbidden for who is no moderator, item-not-found for no message of the archive.
    """
    occupant = visit.present()
    if occupant.role != "moderator":
        raise StanzaError("forbidden")
    if child(element, "retract", names.RETRACT) is None:
        raise StanzaError("feature-not-implemented", text="A message can be retracted only.")
    stanza_id, reason = element.get("id", ""), child_text(element, "reason") or ""
    room = visit.room
    await room.settled()
    async with visit.work() as ctx:
        said = await rooms_archive.find_said(ctx, room.row_id, stanza_id)
        tombstone = _tombstone(visit, occupant, said.stanza, reason)
        await rooms_archive.replace(ctx, room.row_id, stanza_id, tombstone)
    kept = [
        Remembered(
            old.stanza_id, old.sent_at, tombstone if old.stanza_id == stanza_id else old.stanza
        )
        for old in room.history
    ]
    room.history.clear()
    room.history.extend(kept)
    await asyncio.shield(speak.say(visit, _told(visit, occupant, stanza_id, reason), "", room.name))
    return None


def _told(visit: Visit, occupant: Occupant, stanza_id: str, reason: str) -> Element:
    stanza = make("message", ns.CLIENT, {"from": visit.room.name, "type": "groupchat"})
    stanza.set("id", visit.stanza_id)
    retract = add(stanza, "retract", names.RETRACT, {"id": stanza_id})
    retract.append(_moderated(visit, occupant))
    if reason:
        add(retract, "reason", text=reason)
    return stanza


def _tombstone(visit: Visit, occupant: Occupant, before: str, reason: str) -> str:
    """5.1: who said it and when stays; what was said does not."""
    old = parse(before)
    for part in list(old):
        if part.tag not in {
            f"{{{names.OCCUPANT_ID}}}occupant-id",
            f"{{{ns.STANZA_IDS}}}stanza-id",
        }:
            old.remove(part)
    stamp = format_stamp(visit.host.services.clock.now())
    retracted = add(old, "retracted", names.RETRACT, {"stamp": stamp})
    retracted.append(_moderated(visit, occupant))
    if reason:
        add(retracted, "reason", text=reason)
    return serialise(old)


def _moderated(visit: Visit, occupant: Occupant) -> Element:
    element = make("moderated", names.MODERATE, {"by": visit.room.address(occupant.nick)})
    add(element, "occupant-id", names.OCCUPANT_ID, {"id": occupant.id})
    return element
