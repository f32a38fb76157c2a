"""Contacts: lists, one, counts, history, fields; getting and giving back a simulator."""

from __future__ import annotations

import strawberry

from app.domain.contact_fields import service as fields
from app.domain.contact_fields.repository import FieldFilter
from app.domain.contacts import history, profiles, service, simulators
from app.domain.contacts.data import ContactFilter as Wanted
from app.domain.contacts.data import HistoryFilter
from app.graphql.contacts.field_types import ContactsField, ContactsFieldResult
from app.graphql.contacts.inputs import (
    ContactFilter,
    ContactsFieldFilter,
    ContactsHistoryFilter,
    ProfileFilter,
)
from app.graphql.contacts.types import (
    Contact,
    ContactResult,
    History,
    Location,
    Profile,
    ProfileResult,
)
from app.graphql.context import Info
from app.graphql.paging import Opts, page_of
from app.graphql.payload import result
from app.graphql.permissions import Manager, Staff


@strawberry.type
class ContactQueries:
    @strawberry.field(permission_classes=[Staff], description="At most 100, by name.")
    async def contacts(
        self, info: Info, filter: ContactFilter | None = None, opts: Opts | None = None
    ) -> list[Contact]:
        wanted = filter.wanted() if filter else Wanted()
        async with info.context.unit_of_work() as ctx:
            rows = await service.list_contacts(ctx, wanted, page_of(opts))
            return [Contact.of(row) for row in rows]

    @strawberry.field(permission_classes=[Staff])
    @result
    async def contact(self, info: Info, id: strawberry.ID) -> ContactResult:
        async with info.context.unit_of_work() as ctx:
            return ContactResult(contact=Contact.of(await service.get_contact(ctx, id)))

    @strawberry.field(permission_classes=[Staff])
    @result
    async def contact_by_phone(self, info: Info, phone: str) -> ContactResult:
        async with info.context.unit_of_work() as ctx:
            return ContactResult(contact=Contact.of(await service.contact_by_phone(ctx, phone)))

    @strawberry.field(permission_classes=[Staff])
    async def count_contacts(self, info: Info, filter: ContactFilter | None = None) -> int:
        wanted = filter.wanted() if filter else Wanted()
        async with info.context.unit_of_work() as ctx:
            return await service.count_contacts(ctx, wanted)

    @strawberry.field(permission_classes=[Manager], description="Null for one who never said.")
    async def contact_location(self, info: Info, id: strawberry.ID) -> Location | None:
        async with info.context.unit_of_work() as ctx:
            row = await service.location_of(ctx, id)
            return Location.of(row) if row else None

    @strawberry.field(permission_classes=[Staff], description="At most 100, oldest first.")
    async def contact_history(
        self, info: Info, filter: ContactsHistoryFilter | None = None, opts: Opts | None = None
    ) -> list[History]:
        wanted = filter.wanted() if filter else HistoryFilter()
        async with info.context.unit_of_work() as ctx:
            rows = await history.list_history(ctx, wanted, page_of(opts))
            return [History.of(row) for row in rows]

    @strawberry.field(permission_classes=[Staff])
    async def count_contact_history(
        self, info: Info, filter: ContactsHistoryFilter | None = None
    ) -> int:
        wanted = filter.wanted() if filter else HistoryFilter()
        async with info.context.unit_of_work() as ctx:
            return await history.count_history(ctx, wanted)

    @strawberry.field(permission_classes=[Staff], description="Null when all are busy.")
    async def simulator_get(self, info: Info) -> Contact | None:
        async with info.context.unit_of_work() as ctx:
            row = await simulators.get_simulator(ctx)
            return Contact.of(row) if row else None

    @strawberry.field(permission_classes=[Staff], description="Always null.")
    async def simulator_release(self, info: Info) -> Contact | None:
        async with info.context.unit_of_work() as ctx:
            await simulators.release_simulators(ctx)
        return None

    @strawberry.field(permission_classes=[Staff], description="At most 100, oldest first.")
    async def profiles(
        self, info: Info, filter: ProfileFilter | None = None, opts: Opts | None = None
    ) -> list[Profile]:
        wanted = filter.wanted() if filter else profiles.ProfileFilter()
        async with info.context.unit_of_work() as ctx:
            rows = await profiles.find_profiles(ctx, wanted, page_of(opts))
            return [Profile.of(row) for row in rows]

    @strawberry.field(permission_classes=[Staff])
    @result
    async def profile(self, info: Info, id: strawberry.ID) -> ProfileResult:
        async with info.context.unit_of_work() as ctx:
            return ProfileResult(profile=Profile.of(await profiles.get_profile(ctx, id)))

    @strawberry.field(permission_classes=[Manager], description="At most 100, oldest first.")
    async def contacts_fields(
        self, info: Info, filter: ContactsFieldFilter | None = None, opts: Opts | None = None
    ) -> list[ContactsField]:
        wanted = filter.wanted() if filter else FieldFilter()
        async with info.context.unit_of_work() as ctx:
            rows = await fields.list_fields(ctx, wanted, page_of(opts))
            return [ContactsField.of(row) for row in rows]

    @strawberry.field(permission_classes=[Manager])
    @result
    async def contacts_field(self, info: Info, id: strawberry.ID) -> ContactsFieldResult:
        async with info.context.unit_of_work() as ctx:
            row = await fields.get_field(ctx, id)
            return ContactsFieldResult(contacts_field=ContactsField.of(row))

    @strawberry.field(permission_classes=[Manager])
    async def count_contacts_fields(
        self, info: Info, filter: ContactsFieldFilter | None = None
    ) -> int:
        wanted = filter.wanted() if filter else FieldFilter()
        async with info.context.unit_of_work() as ctx:
            return await fields.count_fields(ctx, wanted)
