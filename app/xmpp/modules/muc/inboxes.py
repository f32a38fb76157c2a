"""Conversations of rooms in the inboxes of their people, written a moment later and in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from app.core.uow import unit_of_work
from app.domain.chat import inbox_rooms
from app.domain.chat.inbox_rooms import RoomLine
from app.xmpp.deferred import Deferred
from app.xmpp.hooks import InboxAsked
from app.xmpp.module import Host
from app.xmpp.modules.muc.room import Room

WRITE_S: Final = 0.25


@dataclass(slots=True)
class Batch:
    """What was said in one room since its lines were last written."""

    room_id: int
    line: RoomLine | None = None
    said: int = 0
    #: Bare address -> how much had been said when he spoke or had read it all.
    read: dict[str, int] = field(default_factory=dict)


class Inboxes:
    """One for each gateway."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._batches: Deferred[str, Batch] = Deferred(host, "room inbox", WRITE_S, self._write)
        self._writing = asyncio.Lock()
        host.on(InboxAsked, self.settle)

    def said(self, room: Room, line: RoomLine, sender: str) -> None:
        """A message is the room's last; its sender has read what was before it."""
        if not any(s.affiliation in inbox_rooms.NAMED for s in room.standings.values()):
            return
        batch = self._batch(room)
        batch.line = line
        batch.said += 1
        batch.read[sender] = batch.said

    def read(self, room: Room, reader: str) -> None:
        """XEP-0333 3: the reader has seen all that was said so far."""
        batch = self._batch(room)
        batch.read[reader] = batch.said

    async def settle(self, _: InboxAsked) -> None:
        """What the nodes know is written."""
        await self._batches.settle()
        async with self._writing:
            pass

    def _batch(self, room: Room) -> Batch:
        batch = self._batches.get(room.org_id, room.name)
        if batch is None:
            batch = Batch(room.row_id)
            self._batches.put(room.org_id, room.name, batch)
        return batch

    async def _write(self, org_id: int, batches: Mapping[str, Batch]) -> None:
        async with self._writing, unit_of_work(self._host.services, org_id=org_id) as ctx:
            for name, batch in sorted(batches.items(), key=lambda one: one[1].room_id):
                if batch.line is None:
                    await inbox_rooms.read_room(ctx, name, list(batch.read))
                    continue
                after = {who: batch.said - seen for who, seen in batch.read.items()}
                await inbox_rooms.note_room(ctx, batch.line, batch.said, after)
