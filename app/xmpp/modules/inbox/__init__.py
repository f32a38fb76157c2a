"""Inbox, `erlang-solutions.com:xmpp:inbox:0`: an account's conversations with what is unread.

XEP-0430 has the same conversations in other words (`entries`).
Lines follow the archive a moment later and in batches: many messages of one conversation are one
write. A displayed marker (XEP-0333) or a message of one's own makes a conversation read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from app.core.uow import quick_work, unit_of_work
from app.domain.chat import inbox
from app.domain.chat.inbox import Noted, Wish
from app.models.chat import ChatInboxEntry
from app.protocol import ns, rsm
from app.protocol.element import Element, add, child_text, has, make, name_of
from app.protocol.errors import StanzaError
from app.protocol.forms import Field, as_bool, find_form, form, values
from app.protocol.forward import forwarded
from app.protocol.jid import Jid
from app.protocol.stamp import format_stamp, read_stamp
from app.protocol.stanza import MESSAGE
from app.xmpp.deferred import Deferred
from app.xmpp.everywhere import tell_available
from app.xmpp.hooks import InboxAsked, MessagesKept, StanzaFromSession
from app.xmpp.module import Host, Implements, Iq
from app.xmpp.modules.inbox import entries
from app.xmpp.session import Session

IMPLEMENTS = (
    Implements(
        "erlang-solutions.com:xmpp:inbox:0",
        "0",
        "conversations with people, and of rooms with members",
    ),
    Implements("XEP-0430", "0.2.0", "the same conversations"),
)

NS: Final = "erlang-solutions.com:xmpp:inbox:0"
CONVERSATION: Final = f"{NS}#conversation"
WRITE_S: Final = 0.25
#: Conversations that one statement writes.
WRITTEN_AT_ONCE: Final = 25


def setup(host: Host) -> None:
    notes = Notes(host)
    host.feature(NS)
    host.feature(NS, target="account")
    host.on(MessagesKept, notes.kept)
    host.on(StanzaFromSession, notes.displayed, priority=60)
    host.answer_iq("get", NS, describe)
    host.answer_iq("set", NS, notes.answer)
    host.answer_iq("get", CONVERSATION, notes.show)
    host.answer_iq("set", CONVERSATION, notes.change)
    host.feature(entries.NS)
    host.feature(entries.NS, target="account")
    host.answer_iq("get", entries.NS, notes.entries)


async def describe(_: Iq) -> Element:
    """By what an inbox can be searched."""
    options = tuple((box, box) for box in ("all", *inbox.BOXES))
    fields = [
        Field("start"),
        Field("end"),
        Field("order", ("desc",), "list-single", options=(("asc", "asc"), ("desc", "desc"))),
        Field("hidden_read", ("false",)),
        Field("archive", ("false",), "boolean"),
        Field("box", ("all",), "list-single", options=options),
    ]
    return make("inbox", NS, None, form("form", NS, fields))


class Notes:
    """What is to be written into inboxes, and answers from them."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._noted: Deferred[tuple[int, str], Noted] = Deferred(
            host, "inbox", WRITE_S, self._write
        )
        self._writing = asyncio.Lock()

    async def kept(self, event: MessagesKept) -> None:
        """Messages were archived: their conversations show them soon."""
        for message in event.kept:
            key = message.account_id, message.peer
            noted = self._noted.get(event.org_id, key) or Noted()
            self._noted.put(event.org_id, key, noted.then(message))

    async def displayed(self, event: StanzaFromSession) -> None:
        """XEP-0333 3: what the account has seen is read; of a room its module knows that."""
        if event.stanza.tag != MESSAGE or event.to is None:
            return
        if event.stanza.get("type") == "groupchat":
            return
        if any(has(event.stanza, marker, ns.CHAT_MARKERS) for marker in ns.READ_MARKERS):
            key = event.session.account_id, str(event.to.bare)
            noted = self._noted.get(event.session.org_id, key) or Noted()
            self._noted.put(event.session.org_id, key, Noted(noted.last, is_reset=True))

    async def _write(self, org_id: int, noted: Mapping[tuple[int, str], Noted]) -> None:
        keys = sorted(noted)
        async with self._writing:
            # A few at a time: messages that are under way wait for no long statement.
            for first in range(0, len(keys), WRITTEN_AT_ONCE):
                some = {key: noted[key] for key in keys[first : first + WRITTEN_AT_ONCE]}
                async with quick_work(self._host.services, org_id=org_id) as ctx:
                    await inbox.note(ctx, some)

    async def _settle(self) -> None:
        """What the nodes know is written, and no earlier batch of ours is still on its way."""
        await self._host.tell(InboxAsked())
        await self._noted.settle()
        async with self._writing:
            pass

    async def answer(self, iq: Iq) -> Element | None:
        """A page of the inbox, a conversation read, or the bin emptied."""
        session = _owner(iq)
        await self._settle()
        name = name_of(iq.child)
        if name == "reset":
            await self._reset(session, iq.child)
            return None
        if name == "empty-bin":
            async with unit_of_work(self._host.services, org_id=session.org_id) as ctx:
                count = await inbox.empty_bin(ctx, session.account_id)
            answer = make("empty-bin", NS)
            add(answer, "num", text=str(count))
            return answer
        if name != "inbox":
            raise StanzaError("bad-request", "modify")
        return await self._page(session, iq.child, iq.id)

    async def entries(self, iq: Iq) -> Element:
        """XEP-0430 3.1: the conversations, each in a message, and how many there are."""
        session = _owner(iq)
        wish, with_messages = entries.read_wish(iq.child)
        await self._settle()
        async with unit_of_work(self._host.services, org_id=session.org_id) as ctx:
            found = await inbox.find_page(ctx, session.account_id, wish)
            totals = found
            if wish.hides_read:
                totals = await inbox.find_page(ctx, session.account_id, inbox.Wish(limit=0))
        addresses = {"from": str(session.jid.bare), "to": str(session.jid)}
        for row in found.rows:
            shown = entries.entry(row, session.jid.bare, iq.id, with_message=with_messages)
            self._host.deliver(session, make("message", ns.CLIENT, addresses, *shown))
        return entries.fin(found, totals)

    async def _reset(self, session: Session, reset: Element) -> None:
        peer = str(Jid.parse(reset.get("jid", "")).bare)
        async with unit_of_work(self._host.services, org_id=session.org_id) as ctx:
            await inbox.note(ctx, {(session.account_id, peer): Noted(is_reset=True)})

    async def _page(self, session: Session, query: Element, id_: str) -> Element:
        wish = _wish(query)
        async with unit_of_work(self._host.services, org_id=session.org_id) as ctx:
            found = await inbox.find_page(ctx, session.account_id, wish)
        for row in found.rows:
            self._send(session, query.get("queryid") or id_, row)
        fin = make("fin", NS)
        add(fin, "count", text=str(found.count))
        add(fin, "unread-messages", text=str(found.unread))
        add(fin, "active-conversations", text=str(found.active))
        first, last = (str(found.rows[i].id) if found.rows else None for i in (0, -1))
        fin.append(rsm.page_result(first, last, found.count))
        return fin

    def _send(self, session: Session, query_id: str, row: ChatInboxEntry) -> None:
        result = make("result", NS, {"unread": str(row.unread), "queryid": query_id})
        result.append(_last(session, row))
        self._add_properties(result, row)
        addresses = {"from": str(session.jid.bare), "to": str(session.jid)}
        self._host.deliver(session, make("message", ns.CLIENT, addresses, result))

    def _add_properties(self, parent: Element, row: ChatInboxEntry) -> None:
        is_muted = row.muted_until is not None and row.muted_until > self._host.services.clock.now()
        properties = {
            "box": row.box,
            "archive": "true" if row.box == "archive" else "false",
            "mute": format_stamp(row.muted_until) if is_muted and row.muted_until else "0",
            "read": "true" if row.unread == 0 else "false",
        }
        for name, text in properties.items():
            add(parent, name, text=text)

    async def show(self, iq: Iq) -> Element:
        """How one conversation is, with its last message if that is wished; what can be set."""
        session = _owner(iq)
        if iq.child.get("jid") is None:
            return make("query", CONVERSATION, None, form("form", NS, _properties()))
        peer = str(Jid.parse(iq.child.get("jid", "")).bare)
        await self._settle()
        async with unit_of_work(self._host.services, org_id=session.org_id) as ctx:
            row = await inbox.get_entry(ctx, session.account_id, peer)
        answer = make("query", CONVERSATION, {"jid": peer})
        if as_bool(iq.child.get("complete", ""), False):
            answer.append(_last(session, row))
        self._add_properties(answer, row)
        return answer

    async def change(self, iq: Iq) -> None:
        """The conversation is moved, muted or read, and every resource hears so."""
        session, peer = _owner(iq), str(Jid.parse(iq.child.get("jid", "")).bare)
        wish = iq.child
        await self._settle()
        if name_of(wish) == "reset":
            await self._reset(session, wish)
            return
        async with unit_of_work(self._host.services, org_id=session.org_id) as ctx:
            row = await inbox.change_entry(
                ctx,
                session.account_id,
                peer,
                box=_box(wish),
                is_read=as_bool(child_text(wish, "read") or "", False)
                if has(wish, "read")
                else None,
                muted_until=self._muted_until(wish),
                is_unmuted=child_text(wish, "mute") == "0",
            )
        told = make("x", CONVERSATION, {"jid": peer})
        self._add_properties(told, row)
        own = str(session.jid.bare)
        addresses = {"from": own, "to": own, "type": "headline"}
        message = make("message", ns.CLIENT, addresses, told)
        await tell_available(self._host, session.jid.bare, message)

    def _muted_until(self, wish: Element) -> datetime | None:
        seconds = child_text(wish, "mute")
        if not seconds or seconds == "0":
            return None
        if not seconds.isascii() or not seconds.isdigit() or len(seconds) > 9:
            raise StanzaError("bad-request", "modify", "mute is a number of seconds.")
        return self._host.services.clock.now() + timedelta(seconds=int(seconds))


def _last(session: Session, row: ChatInboxEntry) -> Element:
    """The conversation's last message; what a room said to all is shown as said to the owner."""
    return forwarded(entries.last_of(row, session.jid.bare), row.last_at)


def _properties() -> list[Field]:
    """What a conversation has beside its messages."""
    options = tuple((box, box) for box in ("all", *inbox.BOXES))
    return [
        Field("archive", ("false",), "boolean"),
        Field("read", ("false",), "boolean"),
        Field("mute", ("0",)),
        Field("box", ("all",), "list-single", options=options),
    ]


def _box(wish: Element) -> str | None:
    if has(wish, "archive"):
        return "archive" if as_bool(child_text(wish, "archive") or "", False) else "inbox"
    return child_text(wish, "box")


def _wish(query: Element) -> Wish:
    asked = find_form(query)
    given = values(asked) if asked is not None else {}
    text = {name: texts[0] for name, texts in given.items() if texts}
    try:
        start, end = (read_stamp(text[n]) if n in text else None for n in ("start", "end"))
    except ValueError as error:
        raise StanzaError("bad-request", "modify", str(error)) from error
    box = text.get("box")
    if box is not None and box not in {"all", *inbox.BOXES}:
        raise StanzaError("bad-request", "modify", "There is no such box.")
    if box is None and "archive" in text:
        box = "archive" if as_bool(text["archive"], False) else "inbox"
    limit, after, before = entries.read_page(query)
    return Wish(
        limit,
        box,
        start,
        end,
        text.get("order") == "asc",
        as_bool(text.get("hidden_read", ""), False),
        after,
        before,
    )


def _owner(iq: Iq) -> Session:
    if iq.session is None or iq.to.bare != iq.session.jid.bare:
        raise StanzaError("forbidden", text="An inbox is for its owner.")
    return iq.session
