"""XEP-0163 4.3.4: whoever comes online has the newest item of each node that he wants."""

from __future__ import annotations

from app.core.uow import unit_of_work
from app.domain.chat import pubsub
from app.domain.chat.pubsub import Reader, may_read
from app.protocol.element import add, make
from app.protocol.jid import Jid
from app.xmpp.circles import circle_of
from app.xmpp.hooks import CapsLearned
from app.xmpp.module import Host
from app.xmpp.modules.pubsub.items import element_of
from app.xmpp.modules.pubsub.names import EVENT
from app.xmpp.modules.pubsub.notify import message

NOTIFY = "+notify"


async def tell_last(host: Host, event: CapsLearned) -> None:
    """Of the own account, and of those whose presence the session gets. One query."""
    session = event.session
    features = session.data["features"]
    names = [f.removesuffix(NOTIFY) for f in features if f.endswith(NOTIFY)]
    if not names:
        return
    own = str(session.jid.bare)
    circle = await circle_of(host, session)
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        found = await pubsub.last_items(ctx, [own, *circle.theirs], sorted(names))
    reader = Reader(own, has_presence=True)
    for last in found:
        if last.account != own and not may_read(last.access, last.whitelist, reader):
            continue
        told = make("event", EVENT)
        listed = add(told, "items", attributes={"node": last.node})
        listed.append(element_of(last.item, EVENT))
        host.deliver(session, message(Jid.parse(last.account), session, told))
