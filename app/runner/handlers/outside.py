"""What a flow asks for other contacts: messages to them, and sessions of theirs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import or_, select

from app.core.context import Ctx
from app.core.repository import as_id
from app.domain.flow_sessions import inbox
from app.domain.tickets import service as tickets
from app.models import Contact, ContactGroup, User
from app.runner.scene import Scene
from flows.events import BroadcastCreated, SessionTriggered, TicketNoteAdded, TicketOpened

#: People that one action reaches; a group beyond that is addressed with startGroupFlow.
MAX_TARGETS = 1000


async def trigger_sessions(scene: Scene, event: SessionTriggered) -> None:
    """Each target's inbox holds the start of the flow."""
    targets = await _targets(scene, event.contacts, event.groups)
    payload: dict[str, Any] = {
        "flow_uuid": event.target_flow_uuid,
        "parent_run": dict(event.run_summary),
        "history": asdict(event.history),
        "unless_in_a_flow": event.exclude_in_a_flow,
        "is_draft": scene.session.is_draft,
    }
    key = f"triggered:{event.uuid}"
    await inbox.put_many(scene.ctx, "start", [(id_, f"{key}:{id_}", payload) for id_ in targets])


async def send_broadcast(scene: Scene, event: BroadcastCreated) -> None:
    """Each target's inbox holds the message; it goes out in its own turn, never two rows locked."""
    targets = await _targets(scene, event.contacts, event.groups)
    payload = {
        "text": event.text,
        "attachments": list(event.attachments),
        "quick_replies": list(event.quick_replies),
        "flow_id": scene.flow_id(event.flow_uuid),
        "blanks": dict(event.blanks),
    }
    key = f"broadcast:{event.uuid}"
    await inbox.put_many(scene.ctx, "send", [(id_, f"{key}:{id_}", payload) for id_ in targets])


async def open_ticket(scene: Scene, event: TicketOpened) -> None:
    """Staff find a ticket."""
    flow_id = scene.flow_id(event.flow_uuid)
    new = tickets.NewTicket(
        uuid=event.ticket_uuid,
        contact_id=scene.contact_id,
        flow_id=flow_id,
        topic=event.topic,
        subject=event.subject,
        user_id=await _member(scene.ctx, event.assignee[0]) if event.assignee else None,
    )
    await tickets.open_ticket(scene.ctx, new)


async def _member(ctx: Ctx, ref: str) -> int | None:
    """The number of a user of the organization, as flows write it; None for anybody else."""
    user: Any = User
    found: int | None = await ctx.session.scalar(
        select(user.id).where(user.organization_id == ctx.org_id, user.id == (as_id(ref) or 0))
    )
    return found


async def add_ticket_note(scene: Scene, event: TicketNoteAdded) -> None:
    """The ticket has a note more."""
    await tickets.add_note(scene.ctx, event.ticket_uuid, event.note)


async def _targets(scene: Scene, contacts: Iterable[str], groups: Iterable[str]) -> list[int]:
    """Ids of the contacts named and of the groups' members, without those who may not be written to."""
    group_ids = [int(g.id) for g in map(scene.assets.group, groups) if g and g.id.isdigit()]
    refs = list(contacts)
    return await find_targets(scene.ctx, refs, group_ids)


async def find_targets(ctx: Ctx, refs: list[str], group_ids: list[int]) -> list[int]:
    """Ids of contacts by uuid or id, and of members of groups; blocked ones are left out."""
    contact: Any = Contact
    member: Any = ContactGroup
    numbers = [int(ref) for ref in refs if ref.isdigit()]
    in_groups = select(member.contact_id).where(member.group_id.in_(group_ids))
    rows = await ctx.session.scalars(
        select(contact.id)
        .where(
            contact.organization_id == ctx.org_id,
            contact.status != "blocked",
            contact.optout_time.is_(None),
            or_(contact.uuid.in_(refs), contact.id.in_(numbers), contact.id.in_(in_groups)),
        )
        .order_by(contact.id)
        .limit(MAX_TARGETS)
    )
    return list(rows)
