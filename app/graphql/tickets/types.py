"""A question for staff."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.core.repository import as_id
from app.domain.tickets.service import TicketFilter as Wanted
from app.graphql.contacts import loaders
from app.graphql.contacts.batches import batched
from app.graphql.contacts.types import Contact
from app.graphql.context import Info
from app.graphql.flow_sessions.types import flows_by_id
from app.graphql.flows.types import Flow
from app.graphql.payload import InputError
from app.graphql.scalars import UUID4
from app.models import Ticket as TicketRow

if TYPE_CHECKING:
    from app.graphql.users.types import User


UserRef = Annotated["User", strawberry.lazy("app.graphql.users.types")]


@strawberry.type(description="A question about a contact that a flow has opened for staff.")
class Ticket:
    row: strawberry.Private[TicketRow]
    id: strawberry.ID
    uuid: UUID4
    topic: str
    subject: str
    notes: list[str]
    status: str = strawberry.field(description="open or closed.")
    remarks: str | None
    closed_at: datetime | None
    inserted_at: datetime
    updated_at: datetime

    @strawberry.field
    async def contact(self, info: Info) -> Contact | None:
        found = await batched(info, loaders.contacts_by_id, self.row.contact_id, None)
        return Contact.of(found) if found else None

    @strawberry.field
    async def flow(self, info: Info) -> Flow | None:
        if self.row.flow_id is None:
            return None
        found = await batched(info, flows_by_id, self.row.flow_id, None)
        return Flow.of(found) if found else None

    @strawberry.field(description="Who has it: whom the flow named, then who closed it.")
    async def user(self, info: Info) -> UserRef | None:
        if self.row.user_id is None:
            return None
        from app.graphql.users.types import User

        found = await batched(info, loaders.users_by_id, self.row.user_id, None)
        return User.of(found) if found else None

    @classmethod
    def of(cls, row: TicketRow) -> Ticket:
        """What the API shows of `row`."""
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            uuid=UUID4(row.uuid),
            topic=row.topic,
            subject=row.subject,
            notes=[str(note) for note in row.notes],
            status=row.status,
            remarks=row.remarks,
            closed_at=row.closed_at,
            inserted_at=row.inserted_at,
            updated_at=row.updated_at,
        )


@strawberry.type
class TicketResult:
    ticket: Ticket | None = None
    errors: list[InputError] | None = None


@strawberry.input(description="All that is given must hold.")
class TicketFilter:
    status: str | None = None
    contact_id: strawberry.ID | None = None
    user_id: strawberry.ID | None = None
    topic: str | None = None

    def wanted(self) -> Wanted:
        """The same for the domain."""
        return Wanted(self.status, as_id(self.contact_id), as_id(self.user_id), self.topic)


@strawberry.input(description="Leave out what is not to change.")
class TicketInput:
    status: str | None = None
    remarks: str | None = None
