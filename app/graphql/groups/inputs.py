"""What the fields about groups take."""

from __future__ import annotations

import strawberry

from app.domain.groups.data import GroupFilter as Wanted
from app.domain.groups.data import GroupPatch
from app.graphql.contacts.inputs import given

Id = strawberry.ID | None
Ids = list[strawberry.ID | None] | None


@strawberry.input(description="Parts of the label; of label or description.")
class GroupFilter:
    label: str | None = None
    term: str | None = None
    group_type: str | None = None

    def wanted(self) -> Wanted:
        """The same for the domain."""
        return Wanted(self.label, self.term)


@strawberry.input(description="Leave out what is not to change. The label is unique.")
class GroupInput:
    label: str | None = strawberry.UNSET
    description: str | None = strawberry.UNSET
    is_restricted: bool | None = strawberry.UNSET
    add_role_ids: Ids = None
    delete_role_ids: Ids = None

    def patch(self) -> GroupPatch:
        """The same for the domain. Roles belong to a product that is off."""
        mine = ("label", "description", "is_restricted")
        values = {name: value for name, value in given(self).items() if name in mine}
        if values.get("is_restricted", False) is None:
            del values["is_restricted"]
        return GroupPatch(**values)


@strawberry.input
class ContactGroupInput:
    contact_id: Id = None
    group_id: Id = None


@strawberry.input
class GroupContactsInput:
    group_id: Id = None
    add_contact_ids: Ids = None
    delete_contact_ids: Ids = None


@strawberry.input
class ContactGroupsInput:
    contact_id: Id = None
    add_group_ids: Ids = None
    delete_group_ids: Ids = None


@strawberry.input
class MessageGroupInput:
    message_id: Id = None
    group_id: Id = None


@strawberry.input
class UserGroupInput:
    user_id: Id = None
    group_id: Id = None


@strawberry.input
class GroupUsersInput:
    group_id: Id = None
    add_user_ids: Ids = None
    delete_user_ids: Ids = None


@strawberry.input
class UserGroupsInput:
    user_id: Id = None
    add_group_ids: Ids = None
    delete_group_ids: Ids = None
