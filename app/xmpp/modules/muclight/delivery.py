"""To every member: at once where somebody takes it, through the spool where nobody does."""

from __future__ import annotations

from app.core.context import Ctx
from app.domain.chat import spool
from app.domain.chat.rooms_light_news import News
from app.protocol.jid import Jid
from app.xmpp.module import Host


def _resources(host: Host, who: str) -> list[Jid]:
    """The account's resources that take messages (RFC 6121 8.5.2.1.1), on whichever node."""
    bare = Jid.parse(who)
    here = [session.jid for session in host.sessions.available(bare) if session.priority >= 0]
    there = [
        other.jid
        for other in host.sessions.remote(bare)
        if other.priority is not None and other.priority >= 0
    ]
    return [*here, *there]


async def hold(host: Host, ctx: Ctx, stanza_id: str, news: News) -> None:
    """Who has no resource finds his stanza in the spool once the unit of work is committed."""
    absent = {who: text for who, text in news.items() if not _resources(host, who)}
    if absent:
        await spool.hold(ctx, stanza_id, absent)


async def tell(host: Host, news: News) -> None:
    """Every resource of everybody has the stanza."""
    for who, text in news.items():
        for resource in _resources(host, who):
            await host.deliver_full(resource, text)
