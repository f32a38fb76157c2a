"""How often nodes were entered and exits taken: summed in Redis, stored every few seconds.

Each person of a campaign passes the same node. A counter row that every sprint changed would make
them wait for one another; a few counts that are lost with Redis do no harm.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from redis.exceptions import ResponseError
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.core.context import Ctx
from app.core.services import Services
from app.core.table import utc_now
from app.models import FlowCount

_COUNT: Any = FlowCount
_KEY = "flow_counts"

#: (organization, flow, node or exit, uuid, destination or "")
Step = tuple[int, int, str, str, str]


async def record(services: Services, steps: Counter[Step]) -> None:
    """The counts will be stored with the next `store`."""
    if not steps:
        return
    async with services.redis.pipeline(transaction=False) as pipe:
        for step, times in steps.items():
            pipe.hincrby(_KEY, "|".join(map(str, step)), times)
        await pipe.execute()


async def store(services: Services) -> int:
    """What was recorded stands in PostgreSQL. Gives how many counters moved."""
    taken = f"{_KEY}:{services.ids.token(8)}"
    try:
        await services.redis.rename(_KEY, taken)
    except ResponseError:
        return 0
    await services.redis.expire(taken, 3600)
    found: Any = await services.redis.hgetall(taken)
    now = utc_now()
    # In one order everywhere: two stores at once must not lock each other out.
    rows = [_row(key.decode(), int(times)) | {"now": now} for key, times in sorted(found.items())]
    async with services.db.session() as session, session.begin():
        for start in range(0, len(rows), 1000):
            await session.execute(_upsert(rows[start : start + 1000]))
    await services.redis.delete(taken)
    return len(rows)


async def reset(ctx: Ctx, flow_id: int) -> None:
    """The flow's counters begin at nought."""
    await ctx.session.execute(
        delete(_COUNT).where(_COUNT.organization_id == ctx.org_id, _COUNT.flow_id == flow_id)
    )


def _row(key: str, times: int) -> dict[str, Any]:
    org, flow, kind, uuid, destination = key.split("|")
    return {
        "organization_id": int(org),
        "flow_id": int(flow),
        "type": kind,
        "uuid": uuid,
        "destination_uuid": destination or None,
        "count": times,
    }


def _upsert(rows: list[dict[str, Any]]) -> Any:
    values = [
        {k: v for k, v in row.items() if k != "now"}
        | {"inserted_at": row["now"], "updated_at": row["now"]}
        for row in rows
    ]
    statement = insert(_COUNT).values(values)
    return statement.on_conflict_do_update(
        constraint="uq_flow_counts_uuid",
        set_={
            "count": _COUNT.count + statement.excluded.count,
            "destination_uuid": statement.excluded.destination_uuid,
            "updated_at": statement.excluded.updated_at,
        },
    )
