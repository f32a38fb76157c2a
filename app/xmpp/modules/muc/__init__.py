"""XEP-0045 Multi-User Chat: rooms `group-{uuid}@domain` among the addresses of the accounts.

A room is made when somebody first enters it, and stays. It is for the accounts of its own
domain. Members of the room see nicks only; its moderators also see addresses.
"""

from __future__ import annotations

import asyncio

from app.core.uow import unit_of_work
from app.domain.chat import rooms
from app.protocol import ns
from app.protocol.element import Element, make
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid
from app.protocol.stanza import IQ, MESSAGE, PRESENCE, is_request, reply
from app.xmpp.hooks import HANDLED, StanzaToRoom
from app.xmpp.module import Host, Implements, Iq
from app.xmpp.modules.muc import enter, info, speak
from app.xmpp.modules.muc.room import Room

IMPLEMENTS = Implements("XEP-0045", "1.35.1", "7.1, 7.2, 7.4, 7.5, 7.14, 8.1 and discovery")


def setup(host: Host) -> None:
    service = Rooms(host)
    host.claim("room", is_room)
    host.identity("conference", "text", "Rooms")
    host.feature(ns.MUC)
    host.on(StanzaToRoom, service.take)
    host.answer_iq("get", ns.DISCO_INFO, service.describe, target="room")
    host.answer_iq("get", ns.DISCO_ITEMS, service.list_nobody, target="room")


def is_room(address: Jid) -> bool:
    """Whether the address is that of a room or of somebody in one."""
    return address.local.startswith(rooms.PREFIX)


class Rooms:
    """The rooms of this node that somebody is in."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._rooms: dict[Jid, Room] = {}
        self._opening = asyncio.Lock()

    async def take(self, event: StanzaToRoom) -> object | None:
        """A stanza to a room or an occupant. Raises StanzaError."""
        if event.sender.domain != event.to.domain:
            raise StanzaError("forbidden", text="The room is for the people of its domain.")
        return await {
            PRESENCE: self._presence,
            MESSAGE: self._message,
            IQ: self._request,
        }[str(event.stanza.tag)](event)

    async def describe(self, iq: Iq) -> Element:
        """XEP-0045 6.4. Raises item-not-found for a room that was never entered."""
        room = self._rooms.get(iq.to)
        if room is not None:
            return info.describe(room, room.name)
        row = None
        if iq.session is not None and iq.sender.domain == iq.to.domain:
            async with unit_of_work(self._host.services, org_id=iq.session.org_id) as ctx:
                row = await rooms.RoomRepository(ctx).by_jid(str(iq.to))
        if row is None:
            raise StanzaError("item-not-found")
        return info.describe(None, row.name)

    async def list_nobody(self, iq: Iq) -> Element:
        """XEP-0045 6.5: who is in a room is for those who are in it."""
        return make("query", ns.DISCO_ITEMS)

    async def _presence(self, event: StanzaToRoom) -> object | None:
        kind = event.stanza.get("type")
        if kind == "unavailable":
            room = self._rooms.get(event.to.bare)
            if room is not None:
                async with room.lock:
                    await enter.leave(room, event.sender)
                self._forget_if_empty(room)
            return HANDLED
        if kind is not None:
            return HANDLED
        if event.to.is_bare:
            # 7.2.1: whoever enters names the nick in the address.
            raise StanzaError("jid-malformed", "modify", "Name a nick: room@domain/nick.")
        if event.session is None:
            return None
        room, is_new = await self._open(event.to.bare, event.session.org_id, event.sender.bare)
        try:
            async with room.lock:
                nick = event.to.resource
                services = self._host.services
                await enter.enter(services, room, event.sender, nick, event.stanza, is_new=is_new)
        finally:
            self._forget_if_empty(room)
        return HANDLED

    async def _message(self, event: StanzaToRoom) -> object | None:
        if event.stanza.get("type") == "error":
            return HANDLED
        room = self._rooms.get(event.to.bare)
        if room is None:
            raise StanzaError("not-acceptable", "modify", "Enter the room first.")
        async with room.lock:
            if event.to.is_bare:
                if event.stanza.get("type") != "groupchat":
                    raise StanzaError("bad-request", "modify", "A room takes groupchat.")
                await speak.speak(self._host.services, room, event.sender, event.stanza)
            else:
                await speak.whisper(room, event.sender, event.to.resource, event.stanza)
        return HANDLED

    async def _request(self, event: StanzaToRoom) -> object | None:
        """XEP-0410 4: a ping to one's own nick says whether one is still in the room."""
        if not is_request(event.stanza):
            return HANDLED
        room = self._rooms.get(event.to.bare)
        occupant = room.find(event.sender) if room is not None else None
        if occupant is None:
            raise StanzaError("not-acceptable", text="You are not in the room.")
        is_ping = event.stanza.find(f"{{{ns.PING}}}ping") is not None
        if not is_ping or occupant.nick != event.to.resource:
            return None
        await self._host.deliver_full(event.sender, reply(event.stanza))
        return HANDLED

    async def _open(self, jid: Jid, org_id: int, creator: Jid) -> tuple[Room, bool]:
        async with self._opening:
            known = self._rooms.get(jid)
            if known is not None:
                return known, False
            async with unit_of_work(self._host.services, org_id=org_id) as ctx:
                row, is_new = await rooms.open_room(ctx, str(jid), str(creator))
                affiliations = await rooms.affiliations(ctx, row.id)
            room = Room(self._host, jid, org_id, row.id, row.name)
            room.subject, room.subject_by = row.subject, row.subject_by
            room.affiliations = affiliations
            self._rooms[jid] = room
            return room, is_new

    def _forget_if_empty(self, room: Room) -> None:
        if not room.occupants and not room.lock.locked():
            self._rooms.pop(room.jid, None)
