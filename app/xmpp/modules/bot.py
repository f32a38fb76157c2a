"""The organization's address: what people send to `shortcode@domain` becomes an inbound message.

RFC 6121 5. What the stanza says is read by `app.xmpp.letter`; receipts (XEP-0184 5) and markers
(XEP-0333) for what the organization sent move the status of that message, corrections (XEP-0308),
retractions (XEP-0424) and reactions (XEP-0444) are kept with the message that they are about. The
stanza's id makes a repeated stanza known: it is stored once, and its sender gets the receipt again.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from app.core.context import Actor, Ctx
from app.core.uow import unit_of_work
from app.domain.messages import service as messages
from app.protocol import ns
from app.protocol.element import child, make
from app.xmpp.hooks import HANDLED, StanzaToOrg
from app.xmpp.letter import (
    Confirmed,
    Corrected,
    Letter,
    Reacted,
    Retracted,
    Said,
    as_inbound,
    external_id,
    own_uploads,
    read,
    short,
    target_of,
)
from app.xmpp.module import Host, Implements
from app.xmpp.reception import Reception
from app.xmpp.session import Session

IMPLEMENTS: Final = (
    Implements("RFC 6121", note="5, 8.5.2: an organization's address"),
    Implements("XEP-0066", "1.5", "3: files that people send to an organization"),
    Implements("XEP-0080", "1.10.0", "places that people send to an organization; not published"),
    Implements("XEP-0439", "0.1.0", "answers that an organization offers"),
)

#: What the address understands besides text.
FEATURES: Final = (
    ns.RECEIPTS,
    ns.CHAT_MARKERS,
    ns.CORRECTION,
    ns.RETRACTION,
    ns.REACTIONS,
    ns.REPLY,
    ns.FALLBACK,
    ns.OOB,
    ns.GEOLOC,
    ns.DATA_FORMS,
    ns.QUICK_RESPONSE,
)


def setup(host: Host) -> None:
    for feature in FEATURES:
        host.feature(feature, target="org")
    host.on(StanzaToOrg, partial(hear, host, Reception(host)))


async def hear(host: Host, reception: Reception, event: StanzaToOrg) -> object:
    """What says something is stored; what is about an earlier message is done to that one."""
    session = event.session
    if session is None or str(event.stanza.tag).endswith("presence"):
        return HANDLED
    if host.org_of(event.to) != session.org_id:
        return None  # another organization's people are not reached: service-unavailable
    if event.stanza.get("type") in ("error", "groupchat"):
        return HANDLED
    letter = read(event.stanza, own_uploads(host.services.config))
    if letter is None or session.contact_id is None:
        # A chat state or the like (XEP-0085), or from somebody who is no contact.
        await reception.store(session.org_id, None, event.kept)
        return HANDLED
    own_id = short(event.stanza.get("id") or host.services.ids.token(12))
    said: Said | None = None
    if isinstance(letter, Said):
        said = letter
    else:
        said = await _change(host, session, letter, external_id(session.account_id, own_id))
    inbound = None
    if said is not None:
        inbound = as_inbound(said, session.account_id, session.contact_id, own_id)
    await reception.store(session.org_id, inbound, event.kept)
    _confirm(host, event)
    return HANDLED


async def _change(host: Host, session: Session, letter: Letter, key: str) -> Said | None:
    """The earlier message is another than before; a correction of what nobody knows is news."""
    actor = Actor("contact", contact_id=session.contact_id)
    async with unit_of_work(host.services, org_id=session.org_id, actor=actor) as ctx:
        if isinstance(letter, Corrected):
            is_known = await _correct(ctx, session, letter, key)
            return None if is_known else letter.said
        await _apply(ctx, session, letter, key)
    return None


async def _correct(ctx: Ctx, session: Session, letter: Corrected, key: str) -> bool:
    assert session.contact_id is not None
    target, body = target_of(session.account_id, letter.id), letter.said.body
    found = await messages.correct_message(ctx, session.contact_id, target, body, key)
    return found is not None


async def _apply(ctx: Ctx, session: Session, letter: Letter, key: str) -> None:
    assert session.contact_id is not None
    contact_id = session.contact_id
    match letter:
        case Confirmed(id_, status):
            await messages.move_status(ctx, id_, status, contact_id=contact_id)
        case Retracted(id_):
            await messages.retract_message(ctx, contact_id, target_of(session.account_id, id_), key)
        case Reacted(id_, emojis):
            await messages.react_to_message(
                ctx, contact_id, target_of(session.account_id, id_), emojis
            )


def _confirm(host: Host, event: StanzaToOrg) -> None:
    """XEP-0184 5.1: whoever asks for a receipt gets one, once the message is committed."""
    id_ = event.stanza.get("id")
    if event.session is None or not id_ or child(event.stanza, "request", ns.RECEIPTS) is None:
        return
    addresses = {"from": str(event.to.bare), "to": str(event.sender), "id": f"receipt-{id_}"}
    receipt = make("message", ns.CLIENT, addresses, make("received", ns.RECEIPTS, {"id": id_}))
    host.deliver(event.session, receipt)
