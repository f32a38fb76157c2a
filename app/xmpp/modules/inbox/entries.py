"""XEP-0430 Inbox: what is asked for, and how conversations are shown (3.1, 5)."""

from __future__ import annotations

from typing import Final

from app.domain.chat import inbox
from app.domain.chat.inbox import Found, Wish
from app.models.chat import ChatInboxEntry
from app.protocol import mam, rsm
from app.protocol.element import Element, make
from app.protocol.errors import StanzaError
from app.protocol.forms import as_bool
from app.protocol.jid import Jid
from app.protocol.number import read_number
from app.protocol.xmlio import parse

NS: Final = "urn:xmpp:inbox:1"
#: The database counts conversations so far.
MOST_ID: Final = 2**63 - 1


def read_wish(query: Element) -> tuple[Wish, bool]:
    """Which conversations, and whether their last messages are shown with them."""
    limit, after, before = read_page(query)
    unread_only = as_bool(query.get("unread-only", ""), False)
    wish = Wish(limit, hides_read=unread_only, after=after, before=before)
    return wish, as_bool(query.get("messages", ""), True)


def read_page(query: Element) -> tuple[int, int | None, int | None]:
    """XEP-0059: how many, after which conversation, or before which (0: the last ones).

    Raises item-not-found for what is no conversation's mark.
    """
    page = rsm.read_page(query)
    after, before = _mark(page.after), _mark(page.before)
    return page.limit(inbox.MAX_PAGE), after, 0 if page.before == "" else before


def _mark(text: str | None) -> int | None:
    found = read_number(text, MOST_ID) if text else None
    if text and found is None:
        raise StanzaError("item-not-found")
    return found


def entry(
    row: ChatInboxEntry, owner: Jid, query_id: str, *, with_message: bool
) -> tuple[Element, ...]:
    """One conversation, and its last message as its archive has it."""
    attributes = {"unread": str(row.unread), "jid": row.peer, "id": row.stanza_id}
    shown = make("entry", NS, attributes)
    if not with_message:
        return (shown,)
    return shown, mam.result(query_id, row.stanza_id, last_of(row, owner), row.last_at)


def fin(found: Found, totals: Found) -> Element:
    """How many conversations there are, how many are unread, and how many messages."""
    counts = {
        "total": str(totals.count),
        "unread": str(totals.active),
        "all-unread": str(totals.unread),
    }
    first, last = (str(found.rows[i].id) if found.rows else None for i in (0, -1))
    return make("fin", NS, counts, rsm.page_result(first, last, found.count))


def last_of(row: ChatInboxEntry, owner: Jid) -> Element:
    """The last message; what a room said to all is shown as said to the owner."""
    stanza = parse(row.stanza)
    if stanza.get("to") is None:
        stanza.set("to", str(owner))
    return stanza
