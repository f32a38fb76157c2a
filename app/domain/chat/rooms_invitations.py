"""Direct invitations into rooms (XEP-0249), by whichever process.

Nobody needs to be in the room for them. They go through the spool: to who is connected at once, to
the others when they come.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.core.context import Ctx
from app.core.errors import Invalid
from app.domain.chat import rooms, spool
from app.protocol import ns
from app.protocol.element import add, make
from app.protocol.xmlio import serialise

#: People of one invitation.
MAX_INVITED: Final = 100


async def invite_directly(
    ctx: Ctx,
    jid: str,
    people: Sequence[str],
    *,
    sender: str = "",
    reason: str = "",
    password: str = "",
) -> None:
    """Each of these bare addresses is invited, by `sender` or else by the room itself (2).

    Without a password the invitation has that of the room. Raises RoomNotFound, Invalid.
    """
    if len(people) > MAX_INVITED:
        raise Invalid("users", f"are at most {MAX_INVITED}")
    config = rooms.config_of(await rooms.get_room(ctx, jid))
    known = password or (config.password if config.password_protected else "")
    told = {"jid": jid} | ({"password": known} if known else {})
    told |= {"reason": reason} if reason else {}
    stanza_id = str(ctx.ids.uuid7())
    invitations = {}
    for who in people:
        message = make("message", ns.CLIENT, {"from": sender or jid, "to": who, "id": stanza_id})
        add(message, "x", ns.DIRECT_INVITE, told)
        invitations[who] = serialise(message)
    if invitations:
        await spool.hold(ctx, stanza_id, invitations)
