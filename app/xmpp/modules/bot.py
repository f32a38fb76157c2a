"""The organization's address: what people send to `shortcode@domain` becomes an inbound message.

RFC 6121 5; receipts (XEP-0184 5) and markers (XEP-0333) for what the organization sent move the
status of that message. The stanza's id makes a repeated stanza known: it is stored once, and its
sender gets the receipt again.
"""

from __future__ import annotations

from functools import partial

from app.core.context import Actor
from app.core.uow import unit_of_work
from app.domain.messages import service as messages
from app.protocol import ns
from app.protocol.element import Element, child, child_text, make
from app.xmpp.hooks import HANDLED, StanzaToOrg
from app.xmpp.module import Host, Implements
from app.xmpp.reception import Reception

IMPLEMENTS = Implements("RFC 6121", note="5, 8.5.2: an organization's address")

OOB = "jabber:x:oob"
#: A child of a message about an earlier one -> where that one's status goes.
STATUSES = {
    (ns.RECEIPTS, "received"): "delivered",
    (ns.CHAT_MARKERS, "received"): "delivered",
    (ns.CHAT_MARKERS, "displayed"): "read",
}
#: What an address ends in -> the kind of message that carries it.
KINDS = {
    "image": ("png", "jpg", "jpeg", "gif", "webp"),
    "audio": ("mp3", "ogg", "oga", "wav", "m4a"),
    "video": ("mp4", "webm", "mov", "3gp"),
}


def setup(host: Host) -> None:
    host.feature(ns.RECEIPTS, target="org")
    host.on(StanzaToOrg, partial(hear, host, Reception(host)))


async def hear(host: Host, reception: Reception, event: StanzaToOrg) -> object:
    """A message with a body is stored, one about an earlier message moves its status."""
    session = event.session
    if session is None or session.contact_id is None or str(event.stanza.tag).endswith("presence"):
        return HANDLED
    if host.org_of(event.to) != session.org_id:
        return None  # another organization's people are not reached: service-unavailable
    if event.stanza.get("type") in ("error", "groupchat"):
        return HANDLED
    moved = _moved(event.stanza)
    if moved is not None:
        await _move(host, session.org_id, session.contact_id, *moved)
        return HANDLED
    body, url = child_text(event.stanza, "body"), _url(event.stanza)
    if not body and not url:
        return HANDLED  # a chat state or the like (XEP-0085)
    await _store(host, reception, event, body or "", url)
    _confirm(host, event)
    return HANDLED


async def _store(
    host: Host, reception: Reception, event: StanzaToOrg, body: str, url: str | None
) -> None:
    session = event.session
    assert session is not None and session.contact_id is not None
    own_id = event.stanza.get("id") or host.services.ids.token(12)
    inbound = messages.InboundMessage(
        contact_id=session.contact_id,
        body="" if url is not None and body == url else body,
        kind=_kind(url),
        # Two people may choose the same id; one person's is his own.
        external_id=f"{session.account_id}:{own_id}",
        media_url=url,
    )
    await reception.store(session.org_id, inbound)


async def _move(host: Host, org_id: int, contact_id: int, uuid: str, status: str) -> None:
    actor = Actor("contact", contact_id=contact_id)
    async with unit_of_work(host.services, org_id=org_id, actor=actor) as ctx:
        await messages.move_status(ctx, uuid, status, contact_id=contact_id)


def _moved(stanza: Element) -> tuple[str, str] | None:
    """The id of the message that the stanza is about, and the status it tells."""
    for (namespace, name), status in STATUSES.items():
        found = child(stanza, name, namespace)
        if found is not None and found.get("id"):
            return found.get("id", ""), status
    return None


def _confirm(host: Host, event: StanzaToOrg) -> None:
    """XEP-0184 5.1: whoever asks for a receipt gets one, once the message is committed."""
    id_ = event.stanza.get("id")
    if event.session is None or not id_ or child(event.stanza, "request", ns.RECEIPTS) is None:
        return
    addresses = {"from": str(event.to.bare), "to": str(event.sender), "id": f"receipt-{id_}"}
    receipt = make("message", ns.CLIENT, addresses, make("received", ns.RECEIPTS, {"id": id_}))
    host.deliver(event.session, receipt)


def _url(stanza: Element) -> str | None:
    oob = child(stanza, "x", OOB)
    url = child_text(oob, "url") if oob is not None else None
    return url if url and url.startswith(("http://", "https://")) else None


def _kind(url: str | None) -> str:
    if url is None:
        return "text"
    ending = url.rpartition(".")[2].lower()
    return next((kind for kind, endings in KINDS.items() if ending in endings), "document")
