"""Accounts as this node remembers them, so that routing a stanza asks no database.

Who is asked for while a query is under way is asked for together with others by the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from app.core.uow import quick_work
from app.domain.chat.people import Person, find_people
from app.protocol.jid import Jid
from app.xmpp.group_commit import GroupCommit
from app.xmpp.hooks import CAUGHT_UP, FromElsewhere

if TYPE_CHECKING:
    from app.core.services import Services

#: Accounts that are remembered.
REMEMBERED: Final = 50_000


class People:
    """A memory of accounts. It is told when one of them changes (`forget`), here or elsewhere.

    Accounts that are not there are not remembered, since they may be made at any moment.
    """

    def __init__(self, services: Services, org_of_domain: Callable[[str], int | None]) -> None:
        self._services = services
        self._org_of_domain = org_of_domain
        self._known: dict[Jid, Person] = {}
        #: Changes with each `forget`: what was read before it may be old.
        self._turn = 0
        self._reads: GroupCommit[Jid, Mapping[Jid, Person]] = GroupCommit(self._read)

    async def find(self, bare: Jid, org_id: int | None = None) -> Person | None:
        """The account, or None when there is none in the organization.

        Without `org_id` it is the organization whose domain it is.
        """
        known = self._known.get(bare)
        if known is not None:
            return known if org_id in (None, known.org_id) else None
        org = org_id if org_id is not None else self._org_of_domain(bare.domain)
        if org is None or not bare.local:
            return None
        turn = self._turn
        found = (await self._reads.add(org, [bare])).get(bare)
        if found is None or turn != self._turn:
            return found
        if len(self._known) >= REMEMBERED:
            self._known.pop(next(iter(self._known)))
        self._known[bare] = found
        return found

    async def _read(self, org_id: int, bares: Sequence[Jid]) -> Mapping[Jid, Person]:
        async with quick_work(self._services, org_id=org_id) as ctx:
            return await find_people(ctx, bares)

    def forget(self, bare: Jid) -> None:
        """The account is read anew when it is next asked for."""
        self._turn += 1
        self._known.pop(bare, None)

    async def hear(self, event: FromElsewhere) -> None:
        """Another node or process changed an account, or may have while nobody listened."""
        if event.kind in {"AccountChanged", "AccountBarred"}:
            self.forget(Jid.parse(event.data["account"]))
        elif event.kind in {"DomainChanged", CAUGHT_UP}:
            self._turn += 1
            self._known.clear()
