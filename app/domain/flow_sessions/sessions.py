"""Sessions of flows, and their timers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select

from app.core.context import Ctx
from app.core.prepared import Insert, Prepared, Rows
from app.core.repository import Repository
from app.models import ContactFire, FlowSession

_SESSION: Any = FlowSession
_FIRE: Any = ContactFire

_WAITING = Rows(
    FlowSession,
    lambda rows: rows.where(
        _SESSION.organization_id == bindparam("org_id"),
        _SESSION.contact_id == bindparam("contact_id"),
        _SESSION.status == "waiting",
    ).order_by(_SESSION.is_background, _SESSION.id),
)
_ADD = Insert(FlowSession)
_NO_FIRES = Prepared(delete(_FIRE).where(_FIRE.session_id == bindparam("of_session")))
_SET_FIRE = Insert(ContactFire)


class SessionRepository(Repository[FlowSession]):
    """Sessions of the organization."""

    model = FlowSession
    resource = "Flows.FlowContext"

    async def waiting(self, contact_id: int) -> Sequence[FlowSession]:
        """The contact's sessions that wait, the foreground one first."""
        return await self.ctx.load(_WAITING, org_id=self.ctx.org_id, contact_id=contact_id)

    async def begun(self, session: FlowSession) -> None:
        """The new session is stored and has its number."""
        session.organization_id = self.ctx.org_id
        await self.ctx.add(_ADD, session)

    async def last_begun(self, contact_id: int, flow_ids: Sequence[int]) -> dict[int, datetime]:
        """When the contact began each of the flows last; none for a flow that he never did."""
        rows = await self.ctx.session.execute(
            select(_SESSION.flow_id, func.max(_SESSION.started_at))
            .where(
                _SESSION.organization_id == self.ctx.org_id,
                _SESSION.contact_id == contact_id,
                _SESSION.flow_id.in_(flow_ids),
            )
            .group_by(_SESSION.flow_id)
        )
        return {flow_id: begun for flow_id, begun in rows}


def set_fires(
    ctx: Ctx,
    session: FlowSession,
    fires: dict[str, tuple[str, datetime]],
    *,
    is_new: bool = False,
) -> None:
    """The session's timers are `fires` (kind -> token and moment) and no others."""
    if not is_new:
        ctx.write(_NO_FIRES, of_session=session.id)
    now = ctx.clock.now()
    for kind, (token, fire_at) in fires.items():
        ctx.write(
            _SET_FIRE,
            organization_id=ctx.org_id,
            contact_id=session.contact_id,
            session_id=session.id,
            kind=kind,
            token=token,
            fire_at=fire_at,
            inserted_at=now,
            updated_at=now,
        )
