"""XEP-0191 Blocking Command: the list, blocking, unblocking, and pushes of both (3.2 to 3.5).

What is blocked is part of the default privacy list (`gate.py` obeys it).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from app.core.uow import unit_of_work
from app.domain.chat import privacy
from app.domain.chat.privacy import is_meant
from app.protocol import ns
from app.protocol.element import Element, children, copy, make, name_of
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid
from app.xmpp.circles import circle_of
from app.xmpp.everywhere import available_resources, tell_available
from app.xmpp.hooks import FromElsewhere, SessionParked, SessionRevived
from app.xmpp.module import Host, Implements, Iq
from app.xmpp.modules.gate import blocked_element
from app.xmpp.presences import show_presences
from app.xmpp.session import Session

IMPLEMENTS = Implements("XEP-0191", "1.3")

#: What nodes call it.
KIND = "blocking"


def setup(host: Host) -> None:
    host.feature(ns.BLOCKING)
    host.answer_iq("get", ns.BLOCKING, partial(get, host))
    host.answer_iq("set", ns.BLOCKING, partial(change, host))
    host.on(FromElsewhere, partial(hear, host))
    host.on(SessionParked, park)
    host.on(SessionRevived, revive)


async def park(event: SessionParked) -> None:
    """XEP-0198 5: who is pushed changes still is at the next node."""
    event.state[KIND] = bool(event.session.data.get("blocklist"))


async def revive(event: SessionRevived) -> None:
    """XEP-0198 5."""
    event.session.data["blocklist"] = bool(event.state.get(KIND))


async def get(host: Host, iq: Iq) -> Element:
    """3.2: who is blocked. From now on this resource is pushed changes (3.3)."""
    session = _owner(iq)
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        jids = await privacy.blocked(ctx, session.account_id)
    session.data["blocklist"] = True
    return blocked_element(jids, "blocklist", ns.BLOCKING)


async def change(host: Host, iq: Iq) -> None:
    """3.3 to 3.5: addresses are blocked or free; those concerned see it by presence."""
    session, name = _owner(iq), name_of(iq.child)
    jids = tuple(str(Jid.parse(item.get("jid", ""))) for item in children(iq.child, "item"))
    if name not in {"block", "unblock"} or (name == "block" and not jids):
        raise StanzaError("bad-request", "modify", "A block names somebody.")
    verb = privacy.block if name == "block" else privacy.unblock
    if name == "block":
        # While it still may be said: whoever is blocked sees the account leave.
        await _tell_gone(host, session, jids)
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        changed = await verb(ctx, session.account_id, jids)
    bare = session.jid.bare
    host.people.forget(bare)
    _push(host, bare, name, jids)
    if host.sessions.remote(bare):
        await host.tell_nodes(KIND, {"account": str(bare), "name": name, "jids": jids})
    if name == "unblock":
        await _tell_back(host, session, changed)


async def hear(host: Host, event: FromElsewhere) -> None:
    """Another node changed the list of an account that has sessions here."""
    if event.kind == KIND:
        account = Jid.parse(event.data["account"])
        _push(host, account, event.data["name"], tuple(event.data["jids"]))


def _push(host: Host, account: Jid, name: str, jids: tuple[str, ...]) -> None:
    for session in host.sessions.online(account):
        if not session.data.get("blocklist"):
            continue
        id_ = f"block-{host.services.ids.token(6)}"
        addresses = {"to": str(session.jid), "type": "set", "id": id_}
        payload = blocked_element(jids, name, ns.BLOCKING)
        host.deliver(session, make("iq", ns.CLIENT, addresses, payload))


async def _tell_gone(host: Host, session: Session, jids: Sequence[str]) -> None:
    """3.3: contacts that are blocked have unavailable presence of every resource."""
    for contact in await _concerned(host, session, jids):
        for resource in available_resources(host, session.jid.bare):
            addresses = {"from": str(resource), "to": str(contact), "type": "unavailable"}
            await tell_available(host, contact, make("presence", ns.CLIENT, addresses))


async def _tell_back(host: Host, session: Session, jids: Sequence[str]) -> None:
    """3.4: contacts that are free again have the presence of the resources, and these theirs."""
    theirs = (await circle_of(host, session)).theirs
    for contact in await _concerned(host, session, jids):
        for mine in host.sessions.available(session.jid.bare):
            assert mine.presence is not None, "available"
            told = copy(mine.presence)
            told.set("to", str(contact))
            await tell_available(host, contact, told)
        if str(contact) in theirs:
            for resource in available_resources(host, session.jid.bare):
                await show_presences(host, [str(contact)], resource)


async def _concerned(host: Host, session: Session, jids: Sequence[str]) -> list[Jid]:
    mine = [Jid.parse(jid) for jid in (await circle_of(host, session)).mine]
    return [contact for contact in mine if any(is_meant(jid, contact) for jid in jids)]


def _owner(iq: Iq) -> Session:
    if iq.session is None or iq.to.bare != iq.session.jid.bare:
        raise StanzaError("forbidden")
    return iq.session
