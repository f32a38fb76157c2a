"""A room in memory: who is in it, and how what happens there is told.

A nick belongs to one account; several of its resources may be present under it (XEP-0045 7.2.9
leaves that to the service). A room is kept by the node that its occupants are on.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from html import escape

from app.protocol import ns
from app.protocol.element import Element, add, make
from app.protocol.jid import Jid
from app.protocol.xmlio import serialise
from app.xmpp.module import Host

#: Stands for the recipient while a stanza is serialised once for many.
_ANYONE = "@anyone@"

#: XEP-0045 5.1.2: the role that goes with an affiliation on entering.
ROLES = {"owner": "moderator", "admin": "moderator", "member": "participant", "none": "participant"}


@dataclass(slots=True)
class Occupant:
    """One nick and the resources that are present under it."""

    nick: str
    bare: Jid
    affiliation: str
    resources: list[Jid] = field(default_factory=list)
    #: The last presence of any of them, for newcomers.
    presence: Element | None = None

    @property
    def role(self) -> str:
        """XEP-0045 5.1."""
        return ROLES[self.affiliation]


class Room:
    """One writer: whoever holds `lock`."""

    def __init__(self, host: Host, jid: Jid, org_id: int, row_id: int, name: str) -> None:
        self._host = host
        self.jid = jid
        self.org_id = org_id
        self.row_id = row_id
        self.name = name
        self.subject = ""
        self.subject_by = ""
        self.affiliations: dict[str, str] = {}
        self.occupants: dict[str, Occupant] = {}
        self.lock = asyncio.Lock()

    def find(self, full: Jid) -> Occupant | None:
        """The occupant that the resource is present as."""
        for occupant in self.occupants.values():
            if full in occupant.resources:
                return occupant
        return None

    def address(self, nick: str) -> str:
        """The occupant's address."""
        return f"{self.jid}/{nick}"

    async def tell(self, to: list[Jid], stanza: Element) -> None:
        """Each of the addresses has the stanza, which is serialised once."""
        stanza.set("to", _ANYONE)
        head, _, tail = serialise(stanza).partition(f' to="{_ANYONE}"')
        for full in to:
            text = f'{head} to="{escape(str(full))}"{tail}'
            await self._host.deliver_full(full, text)

    def everybody(self) -> list[Jid]:
        """Every resource that is present."""
        return [full for occupant in self.occupants.values() for full in occupant.resources]

    def presence_of(
        self,
        occupant: Occupant,
        *,
        kind: str | None = None,
        codes: tuple[int, ...] = (),
        jid: str = "",
    ) -> Element:
        """XEP-0045 7.2.2: the occupant's presence with its affiliation and role."""
        stanza = make("presence", ns.CLIENT, {"from": self.address(occupant.nick)})
        if kind is not None:
            stanza.set("type", kind)
        elif occupant.presence is not None:
            stanza.extend(make(*_named(part), text=part.text) for part in _shown(occupant.presence))
        x = add(stanza, "x", ns.MUC_USER)
        role = "none" if kind == "unavailable" else occupant.role
        item = add(x, "item", attributes={"affiliation": occupant.affiliation, "role": role})
        if jid:
            item.set("jid", jid)
        for code in codes:
            add(x, "status", attributes={"code": str(code)})
        return stanza

    async def show(
        self, occupant: Occupant, *, kind: str | None = None, extra: tuple[int, ...] = ()
    ) -> None:
        """Everybody has the occupant's presence: moderators see who it is, he sees that it is he."""
        moderators, others = [], []
        for other in self.occupants.values():
            if other is not occupant:
                (moderators if other.role == "moderator" else others).extend(other.resources)
        real = str(occupant.resources[-1]) if occupant.resources else str(occupant.bare)
        await self.tell(moderators, self.presence_of(occupant, kind=kind, jid=real))
        await self.tell(others, self.presence_of(occupant, kind=kind))
        own = self.presence_of(occupant, kind=kind, codes=(*extra, 110), jid=real)
        await self.tell(occupant.resources, own)


def _shown(presence: Element) -> list[Element]:
    """RFC 6121 4.7.2: what of a presence is for others."""
    return [
        part
        for name in ("show", "status")
        for part in presence.iterchildren(f"{{{ns.CLIENT}}}{name}")
    ]


def _named(part: Element) -> tuple[str, str]:
    return str(part.tag).rpartition("}")[2], ns.CLIENT
