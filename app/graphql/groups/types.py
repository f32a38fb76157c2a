"""Group, and the rows that put contacts, users and messages in one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.graphql.contacts import loaders as shared
from app.graphql.contacts.batches import batched
from app.graphql.contacts.types import Contact
from app.graphql.context import Info
from app.graphql.groups import loaders
from app.graphql.payload import InputError
from app.models import ContactGroup as ContactGroupRow
from app.models import Group as GroupRow
from app.models import MessageGroup as MessageGroupRow
from app.models import UserGroup as UserGroupRow

if TYPE_CHECKING:
    from app.graphql.messages.types import Message
    from app.graphql.users.types import User

MessageRef = Annotated["Message", strawberry.lazy("app.graphql.messages.types")]
UserRef = Annotated["User", strawberry.lazy("app.graphql.users.types")]


@strawberry.type(description="A WhatsApp group. The product is off.")
class WaGroup:
    id: strawberry.ID
    label: str | None = None


@strawberry.type(description="A role that a group is limited to. The product is off.")
class GroupRole:
    id: strawberry.ID
    label: str | None = None


@strawberry.type(description="A set of contacts, also called collection.")
class Group:
    row: strawberry.Private[GroupRow]
    id: strawberry.ID
    uuid: str
    label: str
    description: str | None
    is_restricted: bool
    last_communication_at: datetime | None
    last_message_number: int
    inserted_at: datetime
    updated_at: datetime
    wa_groups_count: int = 0
    group_type: str = "WABA"

    @classmethod
    def of(cls, row: GroupRow) -> Group:
        """What the API shows of `row`; what belongs to it is loaded when asked for."""
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            uuid=row.uuid,
            label=row.label,
            description=row.description,
            is_restricted=row.is_restricted,
            last_communication_at=row.last_communication_at,
            last_message_number=row.last_message_number,
            inserted_at=row.inserted_at,
            updated_at=row.updated_at,
        )

    @strawberry.field
    async def contacts_count(self, info: Info) -> int:
        return await batched(info, loaders.contact_counts, self.row.id or 0) or 0

    @strawberry.field
    async def users_count(self, info: Info) -> int:
        return await batched(info, loaders.user_counts, self.row.id or 0) or 0

    @strawberry.field(description="The first 100, by name.")
    async def contacts(self, info: Info) -> list[Contact]:
        rows = await batched(info, loaders.contacts_of_groups, self.row.id or 0) or []
        return [Contact.of(row) for row in rows]

    @strawberry.field(description="Who looks after it, by name.")
    async def users(self, info: Info) -> list[UserRef]:
        from app.graphql.users.types import User

        rows = await batched(info, loaders.users_of_groups, self.row.id or 0) or []
        return [User.of(row) for row in rows]

    @strawberry.field(description="The newest 50 sent to it or filed under it, newest first.")
    async def messages(self, info: Info) -> list[MessageRef]:
        from app.graphql.messages.types import Message

        rows = await batched(info, loaders.messages_of_groups, self.row.id or 0) or []
        return [Message.of(row) for row in rows]

    @strawberry.field(description="Empty: the product is off.")
    def wa_groups(self) -> list[WaGroup]:
        return []

    @strawberry.field(description="Empty: the product is off.")
    def roles(self) -> list[GroupRole]:
        return []


@strawberry.type
class GroupResult:
    group: Group | None = None
    errors: list[InputError] | None = None


@strawberry.type(description="`status` holds the CSV.")
class ExportCollectionResult:
    status: str | None = None
    errors: list[InputError] | None = None


@strawberry.type
class _InGroup:
    """What the three joins have in common."""

    group_id: strawberry.Private[int]
    id: strawberry.ID
    value: str | None

    @strawberry.field
    async def group(self, info: Info) -> Group | None:
        row = await batched(info, shared.groups_by_id, self.group_id)
        return Group.of(row) if row else None


@strawberry.type(description="A contact in a group.")
class ContactGroup(_InGroup):
    contact_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: ContactGroupRow) -> ContactGroup:
        """What the API shows of `row`."""
        id_ = strawberry.ID(str(row.id))
        return cls(contact_id=row.contact_id, group_id=row.group_id, id=id_, value=row.value)

    @strawberry.field
    async def contact(self, info: Info) -> Contact | None:
        row = await batched(info, shared.contacts_by_id, self.contact_id)
        return Contact.of(row) if row else None


@strawberry.type(description="A user who looks after a group.")
class UserGroup(_InGroup):
    user_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: UserGroupRow) -> UserGroup:
        """What the API shows of `row`."""
        id_ = strawberry.ID(str(row.id))
        return cls(user_id=row.user_id, group_id=row.group_id, id=id_, value=row.value)

    @strawberry.field
    async def user(self, info: Info) -> UserRef | None:
        from app.graphql.users.types import User

        row = await batched(info, shared.users_by_id, self.user_id)
        return User.of(row) if row else None


@strawberry.type(description="A message filed under a group.")
class MessageGroup(_InGroup):
    message_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: MessageGroupRow) -> MessageGroup:
        """What the API shows of `row`."""
        id_ = strawberry.ID(str(row.id))
        return cls(message_id=row.message_id, group_id=row.group_id, id=id_, value=row.value)

    @strawberry.field
    async def message(self, info: Info) -> MessageRef | None:
        from app.graphql.messages.types import Message

        row = await batched(info, shared.messages_by_id, self.message_id)
        return Message.of(row) if row else None


@strawberry.type
class ContactGroupResult:
    contact_group: ContactGroup | None = None
    errors: list[InputError] | None = None


@strawberry.type
class UserGroupResult:
    user_group: UserGroup | None = None
    errors: list[InputError] | None = None


@strawberry.type
class MessageGroupResult:
    message_group: MessageGroup | None = None
    errors: list[InputError] | None = None


@strawberry.type
class GroupContacts:
    group_contacts: list[ContactGroup] | None = None
    number_deleted: int | None = None
    errors: list[InputError] | None = None


@strawberry.type
class ContactGroups:
    contact_groups: list[ContactGroup] | None = None
    number_deleted: int | None = None
    errors: list[InputError] | None = None


@strawberry.type
class GroupUsers:
    group_users: list[UserGroup] | None = None
    number_deleted: int | None = None
    errors: list[InputError] | None = None


@strawberry.type
class UserGroups:
    user_groups: list[UserGroup] | None = None
    number_deleted: int | None = None
    errors: list[InputError] | None = None
