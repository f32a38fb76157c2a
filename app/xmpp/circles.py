"""Whom a session's presence concerns, read once for each session and again after a change.

People come in crowds, after a pause of the network above all: what is asked while a query is under
way is asked together by the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core.services import Services
from app.core.uow import quick_work
from app.domain.chat import circles
from app.domain.chat.circles import Circle
from app.protocol.jid import Jid
from app.xmpp.group_commit import GroupCommit
from app.xmpp.module import Host
from app.xmpp.session import Session

_KEY = "circle"
_NOBODY = Circle((), ())


class Circles:
    """The reader of one node."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._reads: GroupCommit[int, Mapping[int, Circle]] = GroupCommit(self._read)

    async def find(self, org_id: int, account_id: int) -> Circle:
        """The circle as it is now; nobody's for an account that is gone."""
        return (await self._reads.add(org_id, [account_id])).get(account_id, _NOBODY)

    async def _read(self, org_id: int, account_ids: Sequence[int]) -> Mapping[int, Circle]:
        async with quick_work(self._services, org_id=org_id) as ctx:
            return await circles.circles_of(ctx, account_ids)


async def circle_of(host: Host, session: Session) -> Circle:
    """The circle of the session's account, from memory where it is known."""
    known: Circle | None = session.data.get(_KEY)
    if known is not None:
        return known
    found = await host.circles.find(session.org_id, session.account_id)
    session.data[_KEY] = found
    return found


def forget_circle(host: Host, account: Jid) -> None:
    """The roster of the account has changed: this node reads it again."""
    for session in host.sessions.online(account):
        session.data.pop(_KEY, None)
    host.people.forget(account)
