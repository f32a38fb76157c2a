"""Whom a session's presence concerns, read once for each session and again after a change."""

from __future__ import annotations

from app.core.uow import unit_of_work
from app.domain.chat import roster
from app.domain.chat.roster import Circle
from app.protocol.jid import Jid
from app.xmpp.module import Host
from app.xmpp.session import Session

_KEY = "circle"


async def circle_of(host: Host, session: Session) -> Circle:
    """The circle of the session's account, from memory where it is known."""
    known: Circle | None = session.data.get(_KEY)
    if known is not None:
        return known
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        found = await roster.circle_of(ctx, session.account_id)
    session.data[_KEY] = found
    return found


def forget_circle(host: Host, account: Jid) -> None:
    """The roster of the account has changed: this node reads it again."""
    for session in host.sessions.online(account):
        session.data.pop(_KEY, None)
    host.people.forget(account)
