"""XEP-0313: what an archive is asked, and how it answers; the same for accounts and for rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.protocol import ns, rsm
from app.protocol.element import Element, has, make, name_of
from app.protocol.errors import StanzaError
from app.protocol.forms import FORM_TYPE, Field, find_form, form, values
from app.protocol.forward import forwarded
from app.protocol.jid import Jid
from app.protocol.stamp import read_stamp

#: 4.1.4, 4.1.5: by what an archive can be searched, with the type of each field.
FIELDS: Final = {
    "with": "jid-single",
    "start": "text-single",
    "end": "text-single",
    "before-id": "text-single",
    "after-id": "text-single",
    "ids": "list-multi",
}
#: Messages of a page for which no number was asked.
PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Query:
    """4.1: which messages are wanted, and how they are to be given."""

    limit: int
    with_: Jid | None
    start: datetime | None
    end: datetime | None
    after: str | None
    #: "" is the last page (XEP-0059 2.5), None is no such wish.
    before: str | None
    after_id: str | None
    before_id: str | None
    ids: tuple[str, ...]
    #: 4.1.6: the newest of the page comes first.
    is_flipped: bool
    id: str | None


def search_form() -> Element:
    """4.1.5: the fields of the archive."""
    wishes = [Field(name, (), type_) for name, type_ in FIELDS.items()]
    return make("query", ns.MAM, None, form("form", ns.MAM, wishes))


def read_query(query: Element) -> Query:
    """4.1: what is asked for. Raises feature-not-implemented, bad-request, jid-malformed."""
    if name_of(query) != "query":
        raise StanzaError("feature-not-implemented")
    page = rsm.read_page(query)
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
    return Query(
        page.limit(PAGE),
        Jid.parse(text["with"]) if "with" in text else None,
        start,
        end,
        page.after or None,
        page.before,
        text.get("after-id"),
        text.get("before-id"),
        given.get("ids", ()),
        has(query, "flip-page"),
        query.get("queryid"),
    )


def result(query_id: str | None, stanza_id: str, said: Element, sent_at: datetime) -> Element:
    """4.2: one message of the page."""
    attributes = {"queryid": query_id, "id": stanza_id} if query_id else {"id": stanza_id}
    return make("result", ns.MAM, attributes, forwarded(said, sent_at))


def fin(stanza_ids: list[str], count: int, *, is_complete: bool) -> Element:
    """4.2: what ends the page, with the ids of its messages, oldest first."""
    element = make("fin", ns.MAM)
    if is_complete:
        element.set("complete", "true")
    first, last = (stanza_ids[0], stanza_ids[-1]) if stanza_ids else (None, None)
    element.append(rsm.page_result(first, last, count))
    return element
