"""XEP-0313 4 Message Archive Management: pages, filters, metadata; XEP-0441 preferences."""

from __future__ import annotations

from functools import partial

from app.core.uow import unit_of_work
from app.domain.chat import archive
from app.domain.chat.archive import Preferences, Wish
from app.protocol import mam, ns
from app.protocol.element import Element, add, child, children, make, name_of
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid
from app.protocol.xmlio import parse
from app.xmpp.archive_ends import metadata
from app.xmpp.module import Host, Implements, Iq
from app.xmpp.session import Session

IMPLEMENTS = (
    Implements("XEP-0313", "1.1.3", "archives of accounts: filters, ids, flipped pages, metadata"),
    Implements("XEP-0441", "0.2.0", "default, always and never, by bare address"),
    Implements("XEP-0059", "1.0", "max, after, before, count"),
    Implements("XEP-0297", "1.0"),
    Implements("XEP-0004", "2.13.1", "forms of the modules"),
)

EXTENDED = f"{ns.MAM}#extended"


def setup(host: Host) -> None:
    for feature in (ns.MAM, EXTENDED, ns.RSM, ns.FORWARD, ns.DATA_FORMS):
        host.feature(feature, target="account")
    host.answer_iq("get", ns.MAM, partial(get, host))
    host.answer_iq("set", ns.MAM, partial(change, host))


async def get(host: Host, iq: Iq) -> Element:
    """The form of 4.1.5, the metadata of 4.3, or the preferences."""
    if name_of(iq.child) == "query":
        return mam.search_form()
    session = _owner(iq)
    if name_of(iq.child) == "metadata":
        return await metadata(host.services, session)
    if name_of(iq.child) == "prefs":
        async with unit_of_work(host.services, org_id=session.org_id) as ctx:
            return _prefs(await archive.preferences_of(ctx, session.account_id))
    raise StanzaError("bad-request")


async def change(host: Host, iq: Iq) -> Element:
    """A query of 4.1, or new preferences."""
    if name_of(iq.child) == "prefs":
        return await _set_prefs(host, _owner(iq), iq.child)
    return await _query(host, _owner(iq), iq.child)


async def _query(host: Host, session: Session, query: Element) -> Element:
    """4: one page of the account's own archive, each message by itself, then `<fin/>`."""
    asked = mam.read_query(query)
    wish = Wish(
        asked.limit,
        asked.start,
        asked.end,
        asked.after,
        asked.before,
        asked.after_id,
        asked.before_id,
        asked.ids,
        peer=str(asked.with_.bare) if asked.with_ is not None else None,
    )
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        found = await archive.find_page(ctx, session.account_id, wish)
    addresses = {"from": str(session.jid.bare), "to": str(session.jid)}
    for row in reversed(found.rows) if asked.is_flipped else found.rows:
        result = mam.result(asked.id, row.stanza_id, parse(row.stanza), row.sent_at)
        host.deliver(session, make("message", ns.CLIENT, addresses, result))
    return mam.fin(
        [row.stanza_id for row in found.rows], found.count, is_complete=found.is_complete
    )


async def _set_prefs(host: Host, session: Session, prefs: Element) -> Element:
    lists = {
        name: tuple(str(Jid.parse(jid.text or "").bare) for jid in children(found, "jid"))
        for name in ("always", "never")
        if (found := child(prefs, name)) is not None
    }
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        had = await archive.preferences_of(ctx, session.account_id)
        wanted = Preferences(
            prefs.get("default", had.policy),
            lists.get("always", had.always),
            lists.get("never", had.never),
        )
        await archive.set_preferences(ctx, session.account_id, wanted)
    host.people.forget(session.jid.bare)
    return _prefs(wanted)


def _prefs(preferences: Preferences) -> Element:
    prefs = make("prefs", ns.MAM, {"default": preferences.policy})
    for name, jids in (("always", preferences.always), ("never", preferences.never)):
        element = add(prefs, name)
        for jid in jids:
            add(element, "jid", text=jid)
    return prefs


def _owner(iq: Iq) -> Session:
    if iq.session is None or iq.to.bare != iq.session.jid.bare:
        raise StanzaError("forbidden", text="An archive is for its owner.")
    return iq.session
