"""Profiles: made, changed and deleted by staff."""

from __future__ import annotations

import strawberry

from app.domain.contacts import profile_edits
from app.graphql.contacts.inputs import ProfileInput
from app.graphql.contacts.types import Profile, ProfileResult
from app.graphql.context import Info
from app.graphql.payload import result
from app.graphql.permissions import Manager, Staff


@strawberry.type
class ProfileMutations:
    @strawberry.mutation(
        permission_classes=[Manager], description="For `contactId`; who talks stays in use."
    )
    @result
    async def create_profile(self, info: Info, input: ProfileInput) -> ProfileResult:
        async with info.context.unit_of_work() as ctx:
            row = await profile_edits.create_profile(ctx, input.contact_id, input.patch())
            return ProfileResult(profile=Profile.of(row))

    @strawberry.mutation(permission_classes=[Staff])
    @result
    async def update_profile(
        self, info: Info, id: strawberry.ID, input: ProfileInput | None = None
    ) -> ProfileResult:
        patch = input.patch() if input else profile_edits.ProfilePatch()
        async with info.context.unit_of_work() as ctx:
            row = await profile_edits.update_profile(ctx, id, patch)
            return ProfileResult(profile=Profile.of(row))

    @strawberry.mutation(
        permission_classes=[Manager], description="Not the contact's own, which comes into use."
    )
    @result
    async def delete_profile(self, info: Info, id: strawberry.ID) -> ProfileResult:
        async with info.context.unit_of_work() as ctx:
            row = await profile_edits.delete_profile(ctx, id)
            return ProfileResult(profile=Profile.of(row))
