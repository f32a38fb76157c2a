"""XEP-0313 3 and 5, XEP-0359: what people write to each other is kept before it is delivered.

Many senders wait for one commit (`group_commit`); a message is past this module when it is in the
archives of both sides, or was none to keep.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.core.uow import quick_work
from app.domain.chat import archive
from app.domain.chat.archive import Kept
from app.domain.chat.people import Person
from app.protocol import ns
from app.protocol.element import Element, add, child_text, children, has
from app.protocol.jid import Jid
from app.protocol.stanza import MESSAGE, message_type
from app.protocol.xmlio import serialise
from app.xmpp.group_commit import GroupCommit
from app.xmpp.hooks import (
    MessagesKept,
    MessageToBare,
    MessageToFull,
    StanzaFromSession,
    StanzaToOrg,
)
from app.xmpp.module import Host, Implements
from app.xmpp.session import Session

IMPLEMENTS = Implements("XEP-0359", "0.7.0", "stanza-id of accounts; forged ids are removed")

#: XEP-0334 4: the sender wants no copy to stay.
_NOT_KEPT = ("no-store", "no-permanent-store")


def setup(host: Host) -> None:
    keeper = Keeper(host)
    host.feature(ns.STANZA_IDS)
    host.feature(ns.STANZA_IDS, target="account")
    host.on(StanzaFromSession, strip, priority=20)
    host.on(MessageToBare, keeper.keep, priority=30)
    host.on(MessageToFull, keeper.keep, priority=30)
    host.on(StanzaToOrg, keeper.note_sent, priority=30)
    host.on_stop(keeper.flush)


async def strip(event: StanzaFromSession) -> None:
    """XEP-0359 5: nobody gives ids in the name of our addresses."""
    if event.stanza.tag != MESSAGE:
        return
    for given in list(children(event.stanza, "stanza-id", ns.STANZA_IDS)):
        by = Jid.find(given.get("by"))
        if by is None or by.domain == event.session.jid.domain:
            event.stanza.remove(given)


def is_kept(stanza: Element) -> bool:
    """XEP-0313 5.1.1, XEP-0334: messages between people that say something, or ask to be kept."""
    if stanza.tag != MESSAGE or message_type(stanza) not in {"chat", "normal"}:
        return False
    if any(has(stanza, hint, ns.HINTS) for hint in _NOT_KEPT):
        return False
    return bool(child_text(stanza, "body")) or has(stanza, "store", ns.HINTS)


class Keeper:
    """Puts messages into archives."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._commits: GroupCommit[Kept, None] = GroupCommit(self._write)

    async def keep(self, event: MessageToBare | MessageToFull) -> None:
        """Both sides have the message in their archives, and it carries the recipient's id of it."""
        session = event.session
        if session is None or not is_kept(event.stanza):
            return
        to, own = event.to.bare, session.jid.bare
        recipient = await self._host.people.find(to, session.org_id)
        if recipient is None:
            return
        sender = await self._host.people.find(own, session.org_id)
        stanza_id = str(self._host.services.ids.uuid7())
        if recipient.archives(str(own)):
            add(event.stanza, "stanza-id", ns.STANZA_IDS, {"by": str(to), "id": stanza_id})
        text = serialise(event.stanza)
        kept = []
        if recipient.archives(str(own)):
            is_own = recipient.account_id == session.account_id
            kept.append(self._kept(recipient.account_id, own, stanza_id, text, is_own=is_own))
        if recipient.account_id != session.account_id and _archives(sender, to):
            kept.append(self._kept(session.account_id, to, stanza_id, text, is_own=True))
        if kept:
            await self._commits.add(session.org_id, kept)

    async def note_sent(self, event: StanzaToOrg) -> None:
        """What a person writes to the organization goes into that person's archive."""
        session = event.session
        if session is None or not is_kept(event.stanza):
            return
        sender = await self._host.people.find(session.jid.bare, session.org_id)
        if _archives(sender, event.to.bare):
            event.kept = self._sent(session, event)

    async def flush(self) -> None:
        """What waits is in the archive."""
        await self._commits.flush()

    async def _write(self, org_id: int, kept: Sequence[Kept]) -> None:
        async with quick_work(self._host.services, org_id=org_id) as ctx:
            await archive.keep(ctx, kept)
        await self._host.tell(MessagesKept(org_id, kept))

    def _sent(self, session: Session, event: StanzaToOrg) -> Kept:
        stanza_id = str(self._host.services.ids.uuid7())
        text = serialise(event.stanza)
        return self._kept(session.account_id, event.to.bare, stanza_id, text, is_own=True)

    def _kept(self, account_id: int, peer: Jid, stanza_id: str, text: str, *, is_own: bool) -> Kept:
        now = self._host.services.clock.now()
        return Kept(account_id, str(peer), stanza_id, now, text, is_own)


def _archives(person: Person | None, peer: Jid) -> bool:
    return person is None or person.archives(str(peer))
