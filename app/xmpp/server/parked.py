"""XEP-0198 5: a session that waits in Redis: its keys, and its state as text and back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from app.protocol.jid import Jid
from app.protocol.sm import Ledger
from app.protocol.xmlio import parse, serialise
from app.xmpp.server.managed import Managed
from app.xmpp.session import Session


def state_key(id: str) -> str:
    """Where a session's state waits."""
    return f"gateway:sm:{id}"


def owed_key(id: str) -> str:
    """What came for a parked session after it was parked."""
    return f"gateway:sm:owed:{id}"


def home_key(id: str) -> str:
    """Where a session that moved says on which node it is."""
    return f"gateway:sm:at:{id}"


class _Nowhere:
    """The outlet of a session that has none yet."""

    def send(self, text: str) -> None:
        """Nothing is written."""

    def close(self, condition: str, text: str | None = None) -> None:
        """There is nothing to close."""


NOWHERE: Final = _Nowhere()


def state_of(managed: Managed, carried: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What `revive` needs to know, with what the modules give the session along."""
    session, ledger = managed.session, managed.ledger
    # Times are told by the wall, since nodes have clocks of their own.
    past_s = now.timestamp() - asyncio.get_running_loop().time()
    return {
        "jid": str(session.jid),
        "org_id": session.org_id,
        "account_id": session.account_id,
        "contact_id": session.contact_id,
        "presence": None if session.presence is None else serialise(session.presence),
        "priority": session.priority,
        "carbons": session.carbons,
        "roster_requested": session.roster_requested,
        "directed": [str(jid) for jid in session.directed],
        "max_s": managed.max_s,
        "handled": ledger.handled,
        "acked": ledger.acked,
        "unacked": [(sent.text, sent.at_s + past_s) for sent in ledger.unacked()],
        "modules": carried,
    }


def revive(
    id: str, state: dict[str, Any], end: Callable[[Managed], None], now: datetime
) -> Managed:
    """The session as it was, without a client; `end` is told when nobody comes back for it."""
    ledger = Ledger(handled=state["handled"], acked=state["acked"])
    past_s = now.timestamp() - asyncio.get_running_loop().time()
    for text, at_s in state["unacked"]:
        ledger.push(text, at_s - past_s)
    session = Session(
        Jid.parse(state["jid"]),
        org_id=state["org_id"],
        account_id=state["account_id"],
        contact_id=state["contact_id"],
        outlet=NOWHERE,
    )
    session.presence = parse(state["presence"]) if state["presence"] else None
    session.priority = state["priority"]
    session.carbons = state["carbons"]
    session.roster_requested = state["roster_requested"]
    session.directed = {Jid.parse(jid) for jid in state["directed"]}
    managed = Managed(session, None, id=id, max_s=state["max_s"], end=end, ledger=ledger)
    session.outlet = managed
    return managed
