"""Messages and flows for whole groups go out in a chain of short jobs.

A job takes one batch and asks for the next one after a pause, so the pace holds no worker. The
key in Redis keeps it to one chain; a chain that broke is taken up again by the sweep.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import select

from app.core.context import Ctx
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.broadcasts.service import Progress, process_broadcast
from app.models import Broadcast
from app.runner.start import lead_in

#: Kind of a broadcast -> its job, and the verb that takes a batch.
JOBS: dict[str, tuple[str, Callable[[Ctx, int], Awaitable[Progress]]]] = {
    "message": ("bulk.send_message", process_broadcast),
    "flow": ("bulk.start_flow", lead_in),
}
#: Seconds past its time after which a job counts as lost.
LOST_S = 10.0
#: Broadcasts that one sweep looks at.
MAX_FOUND = 1000


async def continue_broadcast(services: Services, broadcast_id: int) -> Progress:
    """The next batch is done, and the job after it is queued unless it was the last."""
    async with services.db.reading() as session:
        found = await session.get(Broadcast, broadcast_id)
    if found is None or found.completed_at is not None:
        return Progress(0, is_done=True)
    await services.redis.delete(_key(broadcast_id))
    async with unit_of_work(services, org_id=found.organization_id) as ctx:
        progress = await JOBS[found.kind][1](ctx, broadcast_id)
    if not progress.is_done:
        await _queue_next(services, broadcast_id, found.kind, progress.wait_s)
    return progress


async def continue_all(services: Services) -> int:
    """Broadcasts that are not through and have no job, whoever lost it, get one; how many."""
    broadcast: Any = Broadcast
    async with services.db.reading() as session:
        found = (
            await session.execute(
                select(broadcast.id, broadcast.kind)
                .where(broadcast.completed_at.is_(None))
                .order_by(broadcast.id)
                .limit(MAX_FOUND)
            )
        ).all()
    return sum([await _queue_next(services, id_, kind, 0.0) for id_, kind in found])


async def _queue_next(services: Services, broadcast_id: int, kind: str, wait_s: float) -> bool:
    """Queue the job unless one is queued already; whether it was."""
    lives_ms = int((wait_s + LOST_S) * 1000)
    if not await services.redis.set(_key(broadcast_id), 1, nx=True, px=lives_ms):
        return False
    await services.jobs.send(JOBS[kind][0], broadcast_id, after_s=wait_s)
    return True


def _key(broadcast_id: int) -> str:
    return f"bulk:queued:{broadcast_id}"
