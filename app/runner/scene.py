"""What handlers see while the events of one sprint become rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from app.core.context import Ctx
from app.domain.flow_definitions.assets import DbAssets
from app.domain.flow_sessions.counts import Step
from app.domain.messages.service import OutboundMessage
from app.models import Contact, FlowSession, Message


@dataclass(slots=True)
class Scene:
    """One sprint of one contact. Handlers collect here; `apply` writes at the end, in few statements."""

    ctx: Ctx
    contact: Contact
    session: FlowSession
    assets: DbAssets
    #: What the contact said in this sprint.
    message: Message | None = None
    outgoing: list[OutboundMessage] = field(default_factory=list)
    #: Uuids of runs whose results changed.
    changed_runs: set[str] = field(default_factory=set)
    #: Contact field -> value and label; a value of None clears it.
    fields: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    added_groups: set[int] = field(default_factory=set)
    removed_groups: set[int] = field(default_factory=set)
    counts: Counter[Step] = field(default_factory=Counter)
    #: How many errors have been told to staff; the rest of a sprint's are left out.
    told_errors: int = 0
    #: Whether the session began with this sprint.
    is_new: bool = False

    @property
    def contact_id(self) -> int:
        assert self.contact.id is not None
        return self.contact.id

    def flow_id(self, uuid: str | None) -> int | None:
        """The number of the flow with that uuid."""
        head = self.assets.heads.get(uuid or "")
        return head.id if head else self.session.flow_id

    def flow_meta(self, uuid: str | None) -> dict[str, Any]:
        """A flow as the contact's history names it."""
        head = self.assets.heads.get(uuid or "")
        if head is None:
            return {"flow": {"uuid": uuid}}
        return {"flow": {"uuid": head.uuid, "name": head.name, "id": head.id}}
