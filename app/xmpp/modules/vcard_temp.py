"""XEP-0054 vcard-temp: cards are stored and shown (3); XEP-0153: presence carries the photo's hash.

An account without a card has an empty one (3.1). The organization's card is its name.
"""

from __future__ import annotations

from functools import partial

from app.core.uow import unit_of_work
from app.domain.chat import accounts, vcards
from app.models import Organization
from app.protocol import ns
from app.protocol.element import Element, add, child, make
from app.protocol.errors import StanzaError
from app.protocol.xmlio import parse
from app.xmpp.hooks import PresenceFromSession
from app.xmpp.module import Host, Implements, Iq

IMPLEMENTS = (
    Implements("XEP-0054", "1.2"),
    Implements("XEP-0153", "1.1", "4.1: the server adds the hash where a client says nothing"),
)

UPDATE = "vcard-temp:x:update"


def setup(host: Host) -> None:
    host.feature(ns.VCARD)
    host.feature(ns.VCARD, target="account")
    host.answer_iq("get", ns.VCARD, partial(get, host), target="account")
    host.answer_iq("get", ns.VCARD, partial(get_org, host), target="org")
    host.answer_iq("get", ns.VCARD, get_server, target="domain")
    host.answer_iq("set", ns.VCARD, partial(change, host))
    host.on(PresenceFromSession, partial(add_hash, host), priority=20)


async def get(host: Host, iq: Iq) -> Element:
    """3.1, 3.3: anybody's card."""
    org_id = iq.session.org_id if iq.session is not None else None
    person = await host.people.find(iq.to.bare, org_id)
    if person is None:
        raise StanzaError("service-unavailable")
    async with unit_of_work(host.services, org_id=person.org_id) as ctx:
        stored = await vcards.find_vcard(ctx, person.account_id)
    return parse(stored) if stored is not None else make("vCard", ns.VCARD)


async def get_org(host: Host, iq: Iq) -> Element:
    """The organization by its name."""
    card = make("vCard", ns.VCARD)
    org_id = host.org_of(iq.to)
    if org_id is not None:
        async with unit_of_work(host.services, org_id=org_id) as ctx:
            org = await ctx.session.get(Organization, org_id)
        add(card, "FN", text=org.name if org is not None else "")
    return card


async def get_server(_: Iq) -> Element:
    """The server's own card."""
    card = make("vCard", ns.VCARD)
    add(card, "FN", text="Samvad")
    return card


async def change(host: Host, iq: Iq) -> None:
    """3.2: one's own card is replaced. Raises forbidden for another's."""
    session = iq.session
    if session is None or iq.to.bare != session.jid.bare:
        raise StanzaError("forbidden")
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        account = await accounts.find_account(ctx, session.jid.local, session.jid.domain)
        if account is None:
            raise StanzaError("forbidden")
        await vcards.set_vcard(ctx, account, iq.child)
    host.people.forget(session.jid.bare)


async def add_hash(host: Host, event: PresenceFromSession) -> None:
    """XEP-0153 4.1: contacts learn which photo the account has."""
    session = event.session
    if not session.is_available or child(event.stanza, "x", UPDATE) is not None:
        return
    person = await host.people.find(session.jid.bare, session.org_id)
    if person is not None and person.photo_sha1:
        update = add(event.stanza, "x", UPDATE)
        add(update, "photo", text=person.photo_sha1)
