"""XEP-0313 4 Message Archive Management: pages, filters, metadata; XEP-0441 preferences."""

from __future__ import annotations

from functools import partial

from app.core.uow import unit_of_work
from app.domain.chat import archive
from app.domain.chat.archive import Preferences, Wish
from app.models.chat import ChatArchive
from app.protocol import ns, rsm
from app.protocol.element import Element, add, child, children, has, make, name_of
from app.protocol.errors import StanzaError
from app.protocol.forms import FORM_TYPE, Field, find_form, form, values
from app.protocol.forward import forwarded
from app.protocol.jid import Jid
from app.protocol.stamp import read_stamp
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
#: 4.1.4, 4.1.5: by what an archive can be searched, with the type of each field.
FIELDS = {
    "with": "jid-single",
    "start": "text-single",
    "end": "text-single",
    "before-id": "text-single",
    "after-id": "text-single",
    "ids": "list-multi",
}
PAGE = 50


def setup(host: Host) -> None:
    for feature in (ns.MAM, EXTENDED, ns.RSM, ns.FORWARD, ns.DATA_FORMS):
        host.feature(feature, target="account")
    host.answer_iq("get", ns.MAM, partial(get, host))
    host.answer_iq("set", ns.MAM, partial(change, host))


async def get(host: Host, iq: Iq) -> Element:
    """The form of 4.1.5, the metadata of 4.3, or the preferences."""
    if name_of(iq.child) == "query":
        wishes = [Field(name, (), type_) for name, type_ in FIELDS.items()]
        return make("query", ns.MAM, None, form("form", ns.MAM, wishes))
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
    page = rsm.read_page(query)
    wish = _wish(query, page, page.limit(PAGE))
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        found = await archive.find_page(ctx, session.account_id, wish)
    is_flipped = has(query, "flip-page")
    for row in reversed(found.rows) if is_flipped else found.rows:
        _send(host, session, query.get("queryid"), row)
    fin = make("fin", ns.MAM)
    if found.is_complete:
        fin.set("complete", "true")
    first = found.rows[0].stanza_id if found.rows else None
    last = found.rows[-1].stanza_id if found.rows else None
    fin.append(rsm.page_result(first, last, found.count))
    return fin


def _send(host: Host, session: Session, query_id: str | None, row: ChatArchive) -> None:
    result = make("result", ns.MAM, {"id": row.stanza_id})
    if query_id:
        result.set("queryid", query_id)
    result.append(forwarded(parse(row.stanza), row.sent_at))
    addresses = {"from": str(session.jid.bare), "to": str(session.jid)}
    host.deliver(session, make("message", ns.CLIENT, addresses, result))


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


def _wish(query: Element, page: rsm.PageRequest, limit: int) -> Wish:
    asked = find_form(query)
    given = values(asked) if asked is not None else {}
    unknown = given.keys() - FIELDS.keys() - {FORM_TYPE}
    if unknown:
        # 4.1.1: a filter that is not understood must not be passed over.
        raise StanzaError("feature-not-implemented", text=f"unknown field {min(unknown)}")
    text = {name: given[name][0] for name in FIELDS if given.get(name)}
    try:
        start, end = (read_stamp(text[n]) if n in text else None for n in ("start", "end"))
    except ValueError as error:
        raise StanzaError("bad-request", "modify", str(error)) from error
    return Wish(
        limit,
        str(Jid.parse(text["with"]).bare) if "with" in text else None,
        start,
        end,
        page.after or None,
        page.before,
        text.get("after-id"),
        text.get("before-id"),
        given.get("ids", ()),
    )
