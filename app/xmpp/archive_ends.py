"""XEP-0313 4.3: where the archive of a session's account begins and ends."""

from __future__ import annotations

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import archive
from app.protocol import ns
from app.protocol.element import Element, add, make
from app.protocol.stamp import format_stamp
from app.xmpp.session import Session


async def metadata(services: Services, session: Session) -> Element:
    """`<metadata/>`, empty for an empty archive."""
    async with unit_of_work(services, org_id=session.org_id) as ctx:
        ends = await archive.ends_of(ctx, session.account_id)
    element = make("metadata", ns.MAM)
    for name, row in zip(("start", "end"), ends or (), strict=False):
        attributes = {"id": row.stanza_id, "timestamp": format_stamp(row.sent_at)}
        add(element, name, attributes=attributes)
    return element
