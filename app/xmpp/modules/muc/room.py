"""A room in memory: who is in it, on which node, and how what happens there is told.

A nick belongs to one account; several of its resources may be present under it (XEP-0045 7.2.9
leaves that to the service). A room is kept by one node; its occupants may be on any.
"""

from __future__ import annotations

import asyncio
import hmac
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Final, Protocol

from app.domain.chat import rooms, rooms_config, rooms_hats
from app.domain.chat.rooms import Standing
from app.domain.chat.rooms_hats import Worn
from app.models.chat import ChatRoom
from app.protocol.element import Element
from app.protocol.jid import Jid
from app.protocol.xmlio import serialise

#: Stands for the recipient while a stanza is serialised once for many.
_ANYONE: Final = "@anyone@"
_HOLE: Final = f' to="{_ANYONE}"'


@dataclass(frozen=True, slots=True)
class Seat:
    """A resource that is present in a room, and the node that has its session."""

    full: Jid
    node: str
    #: The attribute that addresses a stanza to it.
    to: str

    @classmethod
    def of(cls, full: Jid, node: str) -> Seat:
        return cls(full, node, f' to="{escape(str(full))}"')


class Post(Protocol):
    """Takes stanzas to seats, wherever they are, in the order of its calls."""

    def send(self, seats: Iterable[Seat], head: str, tail: str) -> None:
        """Each of the seats is sent `head`, its address and `tail`."""

    def record(self, room: Jid, full: Jid, seat: dict[str, str] | None) -> None:
        """Other processes can read that the resource is present, or no longer."""


class Herald(Protocol):
    """Takes what happens in rooms to subscribers (MUC/Sub), in the order of its calls."""

    def put(
        self, room: Room, node: str, item_id: str, shown: Element, people: Sequence[str]
    ) -> None:
        """Each of the bare addresses hears what is shown, as an item of the node."""


@dataclass(slots=True)
class Occupant:
    """One nick and the resources that are present under it."""

    nick: str
    bare: Jid
    affiliation: str
    role: str
    #: XEP-0421: the same for every occupancy of the account in this room.
    id: str
    seats: dict[Jid, Seat] = field(default_factory=dict)
    #: What the last presence of any of them held for others.
    payload: tuple[Element, ...] = ()
    #: When he last asked for voice, in seconds of the event loop.
    asked_voice_s: float = float("-inf")
    #: He knows that he is out; the others do not yet.
    is_leaving: bool = False

    @property
    def full(self) -> Jid:
        """The address that is shown as the real one: of the resource that came last."""
        return next(reversed(self.seats), self.bare)


@dataclass(frozen=True, slots=True)
class Remembered:
    """A message of the history that newcomers are shown."""

    stanza_id: str
    sent_at: datetime
    stanza: str


@dataclass(slots=True)
class Challenge:
    """XEP-0158: a presence that waits for the answer to a question."""

    id: str
    answer: str
    presence: Element
    to: Jid
    tries: int


class Room:
    """One writer: whoever holds `lock`."""

    def __init__(
        self, post: Post, herald: Herald, row: ChatRoom, epoch: int, secret: bytes
    ) -> None:
        self._post = post
        self.herald = herald
        self._secret = secret
        self.jid = Jid.parse(row.jid)
        self.name = row.jid
        self.org_id = row.organization_id
        self.row_id = row.id
        self.epoch = epoch
        self.config = rooms.config_of(row)
        self.subject = row.subject
        self.subject_by = row.subject_by
        self.subject_at = row.subject_at
        self.is_locked = row.is_locked
        self.standings: dict[str, Standing] = {}
        #: XEP-0045 7.10: registered nick -> bare address.
        self.nicks: dict[str, str] = {}
        self.occupants: dict[str, Occupant] = {}
        self.history: deque[Remembered] = deque(maxlen=rooms_config.MAX_HISTORY)
        #: MUC/Sub: bare address -> nick and nodes.
        self.subscribers: dict[str, tuple[str, frozenset[str]]] = {}
        #: Requests between occupants that wait for an answer: (asked, id) -> (asker, id).
        self.relayed: dict[tuple[Jid, str], tuple[Seat, str]] = {}
        #: XEP-0317: bare address -> hats.
        self.hats: Worn = rooms_hats.worn_in(row.config)
        #: XEP-0158: who thinks about an answer, and who has given it.
        self.challenges: dict[Jid, Challenge] = {}
        self.answered: set[Jid] = set()
        self.lock = asyncio.Lock()
        #: Done when everything said so far has been kept and told.
        self.pending: asyncio.Future[None] | None = None
        self.is_gone = False
        self._by_full: dict[Jid, Occupant] = {}

    @property
    def is_wanted(self) -> bool:
        """10.1.1: whether the room stays: for its people, or because its owner says so."""
        return self.config.persistent or bool(self.occupants) or bool(self.subscribers)

    def find(self, full: Jid) -> Occupant | None:
        """The occupant that the resource is present as."""
        return self._by_full.get(full)

    def of_account(self, bare: Jid) -> list[Occupant]:
        """The occupants that are this account, or with a domain all of its accounts."""
        return [o for o in self.occupants.values() if bare in (o.bare, Jid("", o.bare.domain))]

    def hearing(self, node: str) -> list[str]:
        """MUC/Sub: who hears of the node, and is not in the room."""
        inside = {str(occupant.bare) for occupant in self.occupants.values()}
        return [
            who
            for who, (_, nodes) in self.subscribers.items()
            if node in nodes and who not in inside
        ]

    def may_have_nick(self, who: str, nick: str) -> bool:
        """7.10: whether the nick is registered by nobody else; who subscribes registers his."""
        others = (jid for jid, (theirs, _) in self.subscribers.items() if theirs == nick)
        return self.nicks.get(nick, who) == who and all(jid == who for jid in others)

    def address(self, nick: str) -> str:
        """The occupant's address."""
        return f"{self.name}/{nick}"

    def affiliation_of(self, bare: Jid) -> str:
        """XEP-0045 5.2."""
        return rooms.standing_of(self.standings, bare)

    def role_of(self, affiliation: str) -> str:
        """XEP-0045 5.1.2: the role that goes with an affiliation on entering."""
        if affiliation in {"owner", "admin"}:
            return "moderator"
        if affiliation == "member" or self.config.members_by_default or not self.config.moderated:
            return "participant"
        return "visitor"

    def occupant_id(self, bare: Jid) -> str:
        """XEP-0421 3: nobody can tell from it who it is."""
        return hmac.digest(self._secret, f"{self.name} {bare}".encode(), "sha256").hex()[:32]

    def seat(self, occupant: Occupant, seat: Seat) -> None:
        """The resource is present as that occupant."""
        self.occupants[occupant.nick] = occupant
        occupant.seats.pop(seat.full, None)
        occupant.seats[seat.full] = seat
        self._by_full[seat.full] = occupant
        self.record(occupant, seat.full)

    def move(self, full: Jid, node: str) -> None:
        """The resource, if it is present, is at another node from now on."""
        occupant = self._by_full.get(full)
        if occupant is not None:
            occupant.seats[full] = Seat.of(full, node)
            self.record(occupant, full)

    def unseat(self, full: Jid) -> Occupant | None:
        """The resource is no longer present; an occupant without any is gone."""
        occupant = self._by_full.pop(full, None)
        if occupant is None:
            return None
        del occupant.seats[full]
        if not occupant.seats:
            self.occupants.pop(occupant.nick, None)
        self._post.record(self.jid, full, None)
        return occupant

    def rename(self, occupant: Occupant, nick: str) -> None:
        """The occupant has another nick."""
        self.occupants.pop(occupant.nick, None)
        occupant.nick = nick
        self.occupants[nick] = occupant
        for full in occupant.seats:
            self.record(occupant, full)

    def record(self, occupant: Occupant, full: Jid) -> None:
        """Other processes can read who it is, where and in which role."""
        seen = {"nick": occupant.nick, "node": occupant.seats[full].node, "role": occupant.role}
        self._post.record(self.jid, full, seen)

    def everybody(self) -> list[Seat]:
        """Every resource that is present."""
        return [seat for occupant in self.occupants.values() for seat in occupant.seats.values()]

    def tell(self, seats: Iterable[Seat], stanza: Element) -> None:
        """Each of the seats has the stanza, which is serialised once."""
        head, tail = split(stanza)
        self._post.send(seats, head, tail)

    def tell_parts(self, seats: Iterable[Seat], parts: tuple[str, str]) -> None:
        """As `tell`, with what `split` gave."""
        self._post.send(seats, *parts)

    async def settled(self) -> None:
        """Everything said so far has been kept and told, or has failed."""
        if self.pending is not None and not self.pending.done():
            await asyncio.wait([self.pending])

    def shows_jids_to(self, occupant: Occupant) -> bool:
        """XEP-0045 4.2: who sees real addresses."""
        return not self.config.anonymous or occupant.role == "moderator"

    def shows_jids_outside(self, who: str) -> bool:
        """The same for somebody who is not in the room, and would be moderator there."""
        if not self.config.anonymous:
            return True
        return self.role_of(self.affiliation_of(Jid.parse(who))) == "moderator"


def split(stanza: Element) -> tuple[str, str]:
    """The stanza as text before and after the place of its `to`."""
    stanza.set("to", _ANYONE)
    head, _, tail = serialise(stanza).partition(_HOLE)
    return head, tail
