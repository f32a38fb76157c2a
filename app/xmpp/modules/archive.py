"""XEP-0313 Message Archive Management and XEP-0359 ids: what one person wrote to another.

A message with a body is kept for both sides before it is delivered. What comes within WINDOW_S
is written in one transaction, so that many senders wait for one commit.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

from app.core.uow import unit_of_work
from app.domain.chat import accounts, archive
from app.domain.chat.archive import Wish
from app.protocol import ns, rsm
from app.protocol.element import Element, add, child_text, children, has, make
from app.protocol.errors import StanzaError
from app.protocol.forms import Field, find_form, form, values
from app.protocol.forward import forwarded
from app.protocol.jid import Jid
from app.protocol.stamp import read_stamp
from app.protocol.stanza import MESSAGE, message_type
from app.protocol.xmlio import parse, serialise
from app.xmpp.hooks import MessageToBare, MessageToFull, StanzaFromSession, StanzaToOrg
from app.xmpp.module import Host, Implements, Iq
from app.xmpp.session import Session

IMPLEMENTS = Implements("XEP-0313", "1.1.3", "an account's own archive")

WINDOW_S = 0.01
#: Accounts whose ids are remembered.
KNOWN_ACCOUNTS = 10_000
PAGE = 50


def setup(host: Host) -> None:
    keeper = Keeper(host)
    host.feature(ns.STANZA_IDS)
    host.feature(ns.STANZA_IDS, target="account")
    host.feature(ns.MAM, target="account")
    host.on(StanzaFromSession, strip, priority=20)
    host.on(MessageToBare, keeper.keep, priority=30)
    host.on(MessageToFull, keeper.keep, priority=30)
    host.on(StanzaToOrg, keeper.keep_sent, priority=30)
    host.answer_iq("get", ns.MAM, fields)
    host.answer_iq("set", ns.MAM, keeper.query)
    host.on_stop(keeper.flush)


async def strip(event: StanzaFromSession) -> None:
    """XEP-0359 5: nobody gives ids in the name of our addresses."""
    if event.stanza.tag != MESSAGE:
        return
    for given in list(children(event.stanza, "stanza-id", ns.STANZA_IDS)):
        by = Jid.find(given.get("by"))
        if by is None or by.domain == event.session.jid.domain:
            event.stanza.remove(given)


async def fields(iq: Iq) -> Element:
    """4.1.5: by what an archive can be searched."""
    wishes = [Field("with", (), "jid-single"), Field("start"), Field("end")]
    return make("query", ns.MAM, None, form("form", ns.MAM, wishes))


def is_kept(stanza: Element) -> bool:
    """5.1.1, XEP-0334: messages between people that say something."""
    if stanza.tag != MESSAGE or message_type(stanza) not in {"chat", "normal"}:
        return False
    return bool(child_text(stanza, "body")) and not has(stanza, "no-store", ns.HINTS)


class Keeper:
    """Rows that wait for the next commit, and who waits with them."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._rows: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self._waiting: asyncio.Future[None] | None = None
        self._accounts: dict[Jid, int] = {}

    async def keep(self, event: MessageToBare | MessageToFull) -> None:
        """Both sides have the message in their archives, and it carries the recipient's id of it."""
        if event.session is None or not is_kept(event.stanza):
            return
        to = event.to.bare
        recipient = await self._account_id(event.session.org_id, to)
        if recipient is None:
            return
        stanza_id = str(self._host.services.ids.uuid7())
        add(event.stanza, "stanza-id", ns.STANZA_IDS, {"by": str(to), "id": stanza_id})
        text = serialise(event.stanza)
        rows = [self._row(event.session, recipient, event.session.jid.bare, stanza_id, text)]
        if recipient != event.session.account_id:
            own = event.session.account_id
            rows.append(self._row(event.session, own, to, stanza_id, text))
        await self._commit(event.session.org_id, rows)

    async def keep_sent(self, event: StanzaToOrg) -> None:
        """What a person writes to the organization is in that person's archive."""
        if event.session is None or not is_kept(event.stanza):
            return
        stanza_id = str(self._host.services.ids.uuid7())
        text = serialise(event.stanza)
        own = event.session.account_id
        row = self._row(event.session, own, event.to.bare, stanza_id, text)
        await self._commit(event.session.org_id, [row])

    async def query(self, iq: Iq) -> Element:
        """4: one page of the account's own archive, each message by itself, then `<fin/>`."""
        session = iq.session
        if session is None or iq.to.bare != session.jid.bare:
            raise StanzaError("forbidden", text="An archive is for its owner.")
        page = rsm.read_page(iq.child)
        limit = page.limit(PAGE)
        wish = _wish(iq.child, page, limit)
        async with unit_of_work(self._host.services, org_id=session.org_id) as ctx:
            found = await archive.find_page(ctx, session.account_id, wish)
        query_id = {"queryid": iq.child.get("queryid", "")} if iq.child.get("queryid") else {}
        for row in found.rows:
            result = make("result", ns.MAM, {**query_id, "id": row.stanza_id})
            result.append(forwarded(parse(row.stanza), row.sent_at))
            addresses = {"from": str(session.jid.bare), "to": str(session.jid)}
            self._host.deliver(session, make("message", ns.CLIENT, addresses, result))
        fin = make("fin", ns.MAM)
        if found.is_complete:
            fin.set("complete", "true")
        first = found.rows[0].stanza_id if found.rows else None
        last = found.rows[-1].stanza_id if found.rows else None
        fin.append(rsm.page_result(first, last, found.count))
        return fin

    async def flush(self) -> None:
        """What waits is in the archive."""
        rows, self._rows = self._rows, defaultdict(list)
        for org_id, some in rows.items():
            async with unit_of_work(self._host.services, org_id=org_id) as ctx:
                await archive.add_many(ctx, some)

    async def _commit(self, org_id: int, rows: list[dict[str, Any]]) -> None:
        self._rows[org_id].extend(rows)
        if self._waiting is None:
            self._waiting = asyncio.ensure_future(self._flush_soon())
        # One sender that goes away must not take the others' commit with it.
        await asyncio.shield(self._waiting)

    async def _flush_soon(self) -> None:
        await asyncio.sleep(WINDOW_S)
        self._waiting = None
        await self.flush()

    def _row(
        self, session: Session, account_id: int, peer: Jid, stanza_id: str, text: str
    ) -> dict[str, Any]:
        return {
            "organization_id": session.org_id,
            "account_id": account_id,
            "peer": str(peer),
            "stanza_id": stanza_id,
            "sent_at": self._host.services.clock.now(),
            "stanza": text,
        }

    async def _account_id(self, org_id: int, bare: Jid) -> int | None:
        """The account within the sender's organization; absent ones are looked up each time."""
        known = self._accounts.get(bare)
        if known is not None:
            return known
        async with unit_of_work(self._host.services, org_id=org_id) as ctx:
            account = await accounts.find_account(ctx, bare.local, bare.domain)
        if account is None:
            return None
        if len(self._accounts) >= KNOWN_ACCOUNTS:
            self._accounts.pop(next(iter(self._accounts)))
        self._accounts[bare] = account.id
        return account.id


def _wish(query: Element, page: rsm.PageRequest, limit: int) -> Wish:
    asked = find_form(query)
    given = values(asked) if asked is not None else {}
    text = {name: given[name][0] for name in ("with", "start", "end") if given.get(name)}
    try:
        start, end = (read_stamp(text[n]) if n in text else None for n in ("start", "end"))
    except ValueError as error:
        raise StanzaError("bad-request", "modify", str(error)) from error
    peer = str(Jid.parse(text["with"]).bare) if "with" in text else None
    return Wish(limit, peer, start, end, page.after or None, page.before)
