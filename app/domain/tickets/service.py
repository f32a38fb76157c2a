"""Tickets: flows open them, staff close them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam
from sqlalchemy.dialects.postgresql import insert

from app.core.context import Ctx
from app.core.errors import Invalid
from app.core.page import Page
from app.core.prepared import Rows
from app.core.repository import Repository
from app.domain.contacts import history
from app.models import Ticket

STATUSES = ("open", "closed")

_TICKET: Any = Ticket

# Made once: it runs for every sprint, and to put it together takes longer than to run it.
_OPEN = Rows(
    Ticket,
    lambda rows: (
        rows.where(
            _TICKET.organization_id == bindparam("org_id"),
            _TICKET.contact_id == bindparam("contact_id"),
            _TICKET.status == "open",
        )
        .order_by(_TICKET.id)
        .limit(10)
    ),
)


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets; None means that it does not matter."""

    status: str | None = None
    contact_id: int | None = None
    user_id: int | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What a flow says of the ticket that it opens."""

    uuid: str
    contact_id: int
    flow_id: int | None
    topic: tuple[str, str]
    subject: str
    #: Who of the staff is to have it.
    user_id: int | None = None


class TicketRepository(Repository[Ticket]):
    """Tickets of the organization."""

    model = Ticket
    resource = "Tickets.Ticket"
    orderable = frozenset({"id", "status", "topic", "inserted_at", "updated_at"})

    async def open_of(self, contact_id: int) -> Sequence[Ticket]:
        """The contact's open tickets, oldest first."""
        return await self.ctx.load(_OPEN, org_id=self.ctx.org_id, contact_id=contact_id)


async def open_ticket(ctx: Ctx, new: NewTicket) -> None:
    """The ticket is there, once; the contact's history says so."""
    now = ctx.clock.now()
    statement = insert(_TICKET).values(
        organization_id=ctx.org_id,
        uuid=new.uuid,
        contact_id=new.contact_id,
        flow_id=new.flow_id,
        user_id=new.user_id,
        topic_uuid=new.topic[0],
        topic=new.topic[1],
        subject=new.subject,
        notes=[],
        status="open",
        inserted_at=now,
        updated_at=now,
    )
    await ctx.session.execute(statement.on_conflict_do_nothing())
    words = f"Ticket opened: {new.subject or new.topic[1]}"
    history.record(ctx, new.contact_id, "ticket_opened", words[:255], {"ticket_uuid": new.uuid})


async def add_note(ctx: Ctx, uuid: str, note: str) -> None:
    """The ticket has a note more."""
    found = await ctx.session.scalars(TicketRepository(ctx).query().where(_TICKET.uuid == uuid))
    ticket = found.one_or_none()
    if ticket is not None:
        ticket.notes = [*ticket.notes, note]


async def list_tickets(ctx: Ctx, wanted: TicketFilter, page: Page) -> Sequence[Ticket]:
    """One page of tickets."""
    return await TicketRepository(ctx).list(_clauses(wanted), page)


async def count_tickets(ctx: Ctx, wanted: TicketFilter) -> int:
    """How many tickets there are."""
    return await TicketRepository(ctx).count(_clauses(wanted))


async def get_ticket(ctx: Ctx, ticket_id: int | str) -> Ticket:
    """The ticket. Raises NotFound."""
    return await TicketRepository(ctx).get(ticket_id)


async def update_ticket(
    ctx: Ctx, ticket_id: int | str, status: str | None = None, remarks: str | None = None
) -> Ticket:
    """Close or open the ticket again, and note what was done. Who closes it is its user.

    Raises NotFound; Invalid(status).
    """
    repository = TicketRepository(ctx)
    row = await repository.get_for_update(ticket_id)
    if status is not None:
        if status not in STATUSES:
            raise Invalid("status", f"must be one of {', '.join(STATUSES)}")
        if status != row.status:
            row.user_id = ctx.actor.user_id
            row.closed_at = ctx.clock.now() if status == "closed" else None
        row.status = status
    if remarks is not None:
        row.remarks = remarks
    await repository.flush()
    return row


def _clauses(wanted: TicketFilter) -> list[ColumnElement[bool]]:
    return [
        getattr(_TICKET, name) == value
        for name in ("status", "contact_id", "user_id", "topic")
        if (value := getattr(wanted, name)) is not None
    ]
