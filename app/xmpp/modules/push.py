"""XEP-0357 Push Notifications: places to tell are kept for an account (5, 6).

What comes while nobody is there to take it nudges a worker, which tells each place over HTTP
(`app.domain.chat.push`).
"""

from __future__ import annotations

from functools import partial
from typing import Final

from app.core.uow import unit_of_work
from app.domain.chat import push
from app.protocol.element import name_of
from app.protocol.errors import StanzaError
from app.protocol.forms import FORM_TYPE, find_form, values
from app.protocol.jid import Jid
from app.xmpp.module import Host, Implements, Iq

IMPLEMENTS = Implements("XEP-0357", "0.4.1", "5, 6; told to PUSH_ENDPOINT over HTTP")

NS: Final = "urn:xmpp:push:0"
MAX_NODE: Final = 1023


def setup(host: Host) -> None:
    host.feature(NS)
    host.feature(NS, target="account")
    host.answer_iq("set", NS, partial(change, host))


async def change(host: Host, iq: Iq) -> None:
    """5, 6: a place is told from now on, or no more."""
    session, wish = iq.session, iq.child
    if session is None or iq.to.bare != session.jid.bare:
        raise StanzaError("forbidden")
    service, node = str(Jid.parse(wish.get("jid", ""))), wish.get("node")
    if node is not None and len(node) > MAX_NODE:
        raise StanzaError("bad-request", "modify", "The node is too long.")
    form = find_form(wish)
    given = values(form) if form is not None else {}
    options = {name: list(texts) for name, texts in given.items() if name != FORM_TYPE}
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        if name_of(wish) == "enable" and node:
            resource = session.jid.resource
            await push.enable(ctx, session.account_id, service, node, resource, options)
        elif name_of(wish) == "disable":
            await push.disable(ctx, session.account_id, service, node)
        else:
            raise StanzaError("bad-request", "modify", "Name the node to be told.")
    host.people.forget(session.jid.bare)
