"""`/api/messages`: what two people write to each other."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from app.domain.chat import archive, writing
from app.domain.chat.archive import Wish
from app.domain.messages import service as inbound
from app.protocol import ns
from app.protocol.element import Element, add, make
from app.protocol.jid import Jid
from app.protocol.xmlio import parse
from app.rest.chat import shapes
from app.rest.chat.bodies import Id, Msg, NewMessage
from app.rest.chat.caller import Caller
from app.rest.chat.calls import MAX_PAGE, Before, Limit, Who, address, older_than, router
from app.rest.chat.delivery import copy_to_own, deliver
from app.xmpp import letter

With = Annotated[str, Path(alias="with")]

routes = router("messages")


@routes.post("/messages")
async def send(caller: Who, message: NewMessage) -> Id:
    """Send a message; it is in both archives and reaches every client of the recipient."""
    to = address(message.to, "recipient")
    stanza = _stanza(caller, to, message.body)
    if caller.gate.orgs.org_of(to) == caller.org_id:
        await _to_organization(caller, to, stanza)
        await copy_to_own(caller, stanza)
        return Id(id=stanza.get("id", ""))
    async with caller.work() as ctx:
        written = await writing.write(ctx, caller.jid, to, stanza)
    await deliver(caller, to, written)
    if to.bare != caller.jid:
        await copy_to_own(caller, stanza)
    return Id(id=stanza.get("id", ""))


@routes.get("/messages", response_model_exclude_none=True)
async def recent(caller: Who, limit: Limit = 50, before: Before = None) -> list[Msg]:
    """The newest messages with anybody, oldest first."""
    return await _page(caller, None, limit, before)


@routes.get("/messages/{with}", response_model_exclude_none=True)
async def recent_with(
    caller: Who, with_: With, limit: Limit = 50, before: Before = None
) -> list[Msg]:
    """The newest messages with one address, oldest first."""
    return await _page(caller, address(with_, "interlocutor").bare, limit, before)


async def _page(caller: Caller, peer: Jid | None, limit: int, before: int | None) -> list[Msg]:
    if limit == 0:
        return []
    wish = Wish(
        min(limit, MAX_PAGE),
        peer=None if peer is None else str(peer),
        end=older_than(before),
        before="",
    )
    async with caller.work() as ctx:
        found = await archive.find_page(ctx, caller.account_id, wish)
    return [
        shapes.message(parse(row.stanza), row.stanza_id, shapes.milliseconds(row.sent_at))
        for row in found.rows
    ]


async def _to_organization(caller: Caller, to: Jid, stanza: Element) -> None:
    """The organization has it as an inbound message, as from a chat client."""
    async with caller.work() as ctx:
        await writing.keep_sent(ctx, caller.jid, to, stanza)
        if caller.contact_id is not None:
            said = letter.read(stanza, letter.own_uploads(caller.services.config))
            if isinstance(said, letter.Said):
                own_id = stanza.get("id", "")
                ids = (caller.account_id, caller.contact_id, own_id)
                await inbound.receive_messages(ctx, [letter.as_inbound(said, *ids)])


def _stanza(caller: Caller, to: Jid, body: str) -> Element:
    attributes = {
        "from": str(caller.jid),
        "to": str(to),
        "type": "chat",
        "id": str(caller.services.ids.uuid4()),
    }
    stanza = make("message", ns.CLIENT, attributes)
    _add_text(stanza, body)
    return stanza


def _add_text(stanza: Element, body: str) -> None:
    add(stanza, "body", text=clean(body))


def clean(text: str) -> str:
    """The text without characters that XML has no way to hold (XML 1.0 2.2)."""
    return "".join(
        c
        for c in text
        if c in "\t\n\r" or ("\x20" <= c <= "\ud7ff") or ("\ue000" <= c <= "\ufffd") or c > "\uffff"
    )
