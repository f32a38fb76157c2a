"""Nudges in a fair order: one busy organization never makes another one's person wait.

Celery's queue is first in, first out, so ten thousand messages of one organization would stand before
the next message of any other. Therefore a task of `inbound.drain` is only a ticket to serve
somebody: whom, the ring says. The ring holds organizations that have somebody waiting, each with
its own line of contacts; a worker takes the next organization's next contact. When Redis has lost
the ring, the ticket's own contact is served, and the sweep finds the rest in PostgreSQL.

A worker serves several before it takes another ticket, so where many wait already no ticket is
added: a ticket costs as much as a tenth of a turn.
"""

from __future__ import annotations

from typing import NamedTuple

from app.core.services import Services

_RING = "inbound:ring"
_WAITING = "inbound:waiting"

#: Contacts in line from which on no ticket is added; each ticket that finds so many asks for one.
MANY = 8

#: KEYS: ring, waiting, line. ARGV: organization, contact. A contact stands in line once.
#: Gives how many stand in line now.
_PUSH = """
if redis.call('SADD', KEYS[2], ARGV[2]) == 1 then
  if redis.call('RPUSH', KEYS[3], ARGV[2]) == 1 then redis.call('RPUSH', KEYS[1], ARGV[1]) end
end
return redis.call('SCARD', KEYS[2])
"""

#: KEYS: ring, waiting. ARGV: prefix of lines.
#: Gives {organization, contact, how many still stand in line}, or nothing.
_POP = """
local org = redis.call('LPOP', KEYS[1])
if not org then return nil end
local line = ARGV[1] .. org
local contact = redis.call('LPOP', line)
if not contact then return nil end
redis.call('SREM', KEYS[2], contact)
if redis.call('LLEN', line) > 0 then redis.call('RPUSH', KEYS[1], org) end
return {org, contact, redis.call('SCARD', KEYS[2])}
"""


class NextInLine(NamedTuple):
    """Whose turn it is, and how many stand behind."""

    org_id: int
    contact_id: int
    behind: int


async def nudge(
    services: Services, org_id: int, contact_id: int, *, is_found: bool = False
) -> None:
    """The contact stands in line and a worker is told, or will ask itself, to serve somebody.

    `is_found` says that a sweep came by him: then the tickets may be lost, however many wait.
    """
    keys = (_RING, _WAITING, _line(org_id))
    waiting = await services.redis.eval(_PUSH, len(keys), *keys, str(org_id), str(contact_id))
    if is_found or waiting < MANY:
        await send_ticket(services, contact_id)


async def send_ticket(services: Services, contact_id: int) -> None:
    """A worker will serve who is next in line; the contact, when nobody is."""
    await services.jobs.send("inbound.drain", contact_id)


async def next_in_line(services: Services) -> NextInLine | None:
    """Whose turn it is, taken out of the line; None when nobody waits."""
    found = await services.redis.eval(_POP, 2, _RING, _WAITING, "inbound:line:")
    return NextInLine(*map(int, found)) if found else None


def _line(org_id: int) -> str:
    return f"inbound:line:{org_id}"
