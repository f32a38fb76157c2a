"""MUC/Sub: what happens in a room, as events for subscribers who are not in it.

What is said, the subject, affiliations, the configuration, other subscriptions and the end of the
room wait for those who are away; presence is for those who are there. What is said is in the
subscribers' own archives, too, under the room's address and the item's id.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from app.core.uow import unit_of_work
from app.domain.chat import archive, rooms, rooms_events, spool
from app.protocol.element import Element, make
from app.protocol.jid import Jid
from app.protocol.xmlio import parse
from app.xmpp.module import Host
from app.xmpp.modules.muc import names
from app.xmpp.modules.muc.room import Room, Seat, split

#: Events of one room that wait to be told; of more the room's archive tells.
MAX_WAITING: Final = 10_000

log = structlog.get_logger()

#: Shapes what is told, for who sees real addresses or who does not; None is for nobody.
Shape = Callable[[bool], Element | None]


def tell(room: Room, node: str, shape: Shape) -> None:
    """Who hears of the node and is not in the room has the event, each as he may see it."""
    if not room.subscribers:
        return
    seeing: list[str] = []
    others: list[str] = []
    for who in room.hearing(node):
        (seeing if room.shows_jids_outside(who) else others).append(who)
    for people, with_jid in ((seeing, True), (others, False)):
        shown = shape(with_jid) if people else None
        if shown is not None:
            room.herald.put(room, node, "", shown, people)


def tell_all(room: Room, node: str, shown: Element, item_id: str = "") -> None:
    """The same for what everybody may see."""
    people = room.hearing(node) if room.subscribers else []
    if people:
        room.herald.put(room, node, item_id, shown, people)


def tell_end(room: Room, destroyed: Element) -> None:
    """The room is destroyed: subscribers hear so once, whether of its configuration or system."""
    if not room.subscribers:
        return
    presence = rooms_events.end_of(room.name, destroyed)
    told: set[str] = set()
    for node in rooms_events.OF_THE_END:
        people = [who for who in room.hearing(node) if who not in told]
        told.update(people)
        if people:
            room.herald.put(room, node, "", presence, people)


def drop_strangers(room: Room) -> None:
    """Who may not enter the room is no subscriber any more; his row went with his affiliation."""
    members_only = room.config.members_only
    kept = {
        who: heard
        for who, heard in room.subscribers.items()
        if rooms.may_subscribe(room.affiliation_of(Jid.parse(who)), members_only=members_only)
    }
    set_subscribers(room, kept)


def set_subscribers(room: Room, after: Mapping[str, tuple[str, frozenset[str]]]) -> None:
    """These are the subscribers; who hears of subscriptions hears who came and who went."""
    before, room.subscribers = room.subscribers, dict(after)
    ends = [("unsubscribe", who, before[who][0]) for who in before if who not in after]
    begins = [("subscribe", who, after[who][0]) for who in after if who not in before]
    for name, who, nick in (*ends, *begins):
        tell(room, rooms_events.SUBSCRIBERS, _subscription(name, who, nick))


def _subscription(name: str, who: str, nick: str) -> Shape:
    def shape(with_jid: bool) -> Element:
        attributes = {"jid": who, "nick": nick} if with_jid else {"nick": nick}
        return make(name, names.MUCSUB, attributes)

    return shape


@dataclass(frozen=True, slots=True)
class _Event:
    room: str
    item_id: str
    is_fleeting: bool
    is_said: bool
    parts: tuple[str, str]
    people: Sequence[str]


class Heralds:
    """One for each gateway: the events of one room are told one after another."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._waiting: dict[str, deque[_Event]] = {}

    def put(
        self, room: Room, node: str, item_id: str, shown: Element, people: Sequence[str]
    ) -> None:
        """Each of the bare addresses hears what is shown, or finds it when he comes online."""
        is_fleeting = node in rooms_events.FLEETING
        waiting = self._waiting.get(room.name)
        if waiting is not None and len(waiting) >= MAX_WAITING:
            return
        item_id = item_id or str(self._host.services.ids.uuid7())
        message = rooms_events.event_of(room.name, node, item_id, shown)
        is_said = node == rooms_events.MESSAGES
        event = _Event(room.name, item_id, is_fleeting, is_said, split(message), people)
        if waiting is not None:
            waiting.append(event)
            return
        self._waiting[room.name] = deque([event])
        self._host.spawn(self._tell_all(room.name, room.org_id), "mucsub")

    async def _tell_all(self, name: str, org_id: int) -> None:
        waiting = self._waiting[name]
        try:
            while waiting:
                try:
                    await self._tell(org_id, waiting.popleft())
                except Exception:
                    # An edge: one event that is lost must not take those behind it along.
                    log.exception("rooms.event_lost", room=name)
        finally:
            del self._waiting[name]

    async def _tell(self, org_id: int, event: _Event) -> None:
        texts = {who: _addressed(event.parts, who) for who in event.people}
        here = [who for who in texts if self._host.sessions.is_online_anywhere(Jid.parse(who))]
        present = frozenset(here)
        away = {who: text for who, text in texts.items() if who not in present}
        kept = await self._copies(org_id, event, texts) if event.is_said else []
        if kept or (away and not event.is_fleeting):
            async with unit_of_work(self._host.services, org_id=org_id) as ctx:
                await archive.keep(ctx, kept)
                if away:
                    await spool.hold(ctx, event.item_id, away)
        for who in here:
            await self._host.route(parse(texts[who]))

    async def _copies(
        self, org_id: int, event: _Event, texts: Mapping[str, str]
    ) -> list[archive.Kept]:
        """What was said, for the archives of those who want it there (XEP-0441)."""
        now = self._host.services.clock.now()
        copies = []
        for who, text in texts.items():
            # From memory, but for who was not met for long.
            person = await self._host.people.find(Jid.parse(who), org_id)
            if person is not None and person.archives(event.room):
                kept = archive.Kept(
                    person.account_id, event.room, event.item_id, now, text, is_own=False
                )
                copies.append(kept)
        return copies


def _addressed(parts: tuple[str, str], who: str) -> str:
    head, tail = parts
    return f"{head}{Seat.of(Jid.parse(who), '').to}{tail}"
