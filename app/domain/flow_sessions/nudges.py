"""Nudges in a fair order: one busy organization never makes another one's person wait.

Celery's queue is first in, first out, so ten thousand messages of one organization would stand before
the next message of any other. Therefore a task of `inbound.drain` is only a ticket to serve
somebody: whom, the ring says. The ring holds organizations that have somebody waiting, each with
its own line of contacts; a worker takes the next organization's next contact. When Redis has lost
the ring, the ticket's own contact is served, and the sweep finds the rest in PostgreSQL.
"""

from __future__ import annotations

from app.core.services import Services

_RING = "inbound:ring"
_WAITING = "inbound:waiting"

#: KEYS: ring, waiting, line. ARGV: organization, contact. A contact stands in line once.
_PUSH = """
if redis.call('SADD', KEYS[2], ARGV[2]) == 1 then
  if redis.call('RPUSH', KEYS[3], ARGV[2]) == 1 then redis.call('RPUSH', KEYS[1], ARGV[1]) end
end
"""

#: KEYS: ring, waiting. ARGV: prefix of lines. Gives {organization, contact}, or nothing.
_POP = """
local org = redis.call('LPOP', KEYS[1])
if not org then return nil end
local line = ARGV[1] .. org
local contact = redis.call('LPOP', line)
if not contact then return nil end
redis.call('SREM', KEYS[2], contact)
if redis.call('LLEN', line) > 0 then redis.call('RPUSH', KEYS[1], org) end
return {org, contact}
"""


async def nudge(services: Services, org_id: int, contact_id: int) -> None:
    """The contact stands in line and a worker will be told to serve somebody."""
    keys = (_RING, _WAITING, _line(org_id))
    await services.redis.eval(_PUSH, len(keys), *keys, str(org_id), str(contact_id))
    await services.jobs.send("inbound.drain", contact_id)


async def next_in_line(services: Services) -> tuple[int, int] | None:
    """(organization, contact) whose turn it is, taken out of the line; None when nobody waits."""
    found = await services.redis.eval(_POP, 2, _RING, _WAITING, "inbound:line:")
    return (int(found[0]), int(found[1])) if found else None


def _line(org_id: int) -> str:
    return f"inbound:line:{org_id}"
