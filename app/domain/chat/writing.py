"""What a person writes without a session of his own: it is in the archives before it is delivered."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.context import Ctx
from app.core.errors import Unauthorized
from app.domain.chat import archive, inbox
from app.domain.chat.archive import Kept
from app.domain.chat.people import Person, find_person
from app.domain.chat.privacy import is_allowed
from app.protocol import ns
from app.protocol.element import Element, add
from app.protocol.jid import Jid
from app.protocol.xmlio import serialise


@dataclass(frozen=True, slots=True)
class Written:
    """A stanza that is kept and now goes to its account; None for nobody who would take it."""

    account_id: int | None
    stanza_id: str
    text: str
    has_push: bool = False


async def write(ctx: Ctx, sender: Jid, to: Jid, stanza: Element) -> Written:
    """The message is in both archives and inboxes, with the recipient's id of it (XEP-0359 3).

    Who is blocked by the recipient writes for himself only, and is not told. Raises Unauthorized
    when the sender blocks the recipient (XEP-0191 3.3).
    """
    own = await find_person(ctx, sender.local, sender.domain)
    if own is None or not is_allowed(own.items, to, "out", own.roster):
        raise Unauthorized("You have blocked this address")
    other = await find_person(ctx, to.local, to.domain)
    is_heard = other is not None and is_allowed(other.items, sender, "message", other.roster)
    stanza_id = str(ctx.ids.uuid7())
    kept_for_other = other is not None and is_heard and other.archives(str(sender.bare))
    if kept_for_other:
        add(stanza, "stanza-id", ns.STANZA_IDS, {"by": str(to.bare), "id": stanza_id})
    text = serialise(stanza)
    now = ctx.clock.now()
    kept = []
    if other is not None and kept_for_other:
        is_own = other.account_id == own.account_id
        kept.append(Kept(other.account_id, str(sender.bare), stanza_id, now, text, is_own))
    if _keeps_sent(own, other, to):
        kept.append(Kept(own.account_id, str(to.bare), stanza_id, now, text, is_own=True))
    if kept:
        await archive.keep(ctx, kept)
        await inbox.note(ctx, inbox.fold(kept))
    if other is None or not is_heard:
        return Written(None, stanza_id, text)
    return Written(other.account_id, stanza_id, text, other.has_push)


async def keep_sent(ctx: Ctx, sender: Jid, to: Jid, stanza: Element) -> None:
    """What a person writes to the organization is in that person's archive."""
    own = await find_person(ctx, sender.local, sender.domain)
    if own is None or not own.archives(str(to.bare)):
        return
    stanza_id, now = str(ctx.ids.uuid7()), ctx.clock.now()
    kept = Kept(own.account_id, str(to.bare), stanza_id, now, serialise(stanza), is_own=True)
    await archive.keep(ctx, [kept])
    await inbox.note(ctx, inbox.fold([kept]))


def _keeps_sent(own: Person, other: Person | None, to: Jid) -> bool:
    """A message to oneself is kept once, one to nobody not at all."""
    is_self = other is not None and other.account_id == own.account_id
    return other is not None and not is_self and own.archives(str(to.bare))
