"""Who and what is in a group: contacts, the users who look after it, messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import Select, select

from app.core.context import Ctx
from app.core.repository import Repository
from app.core.table import OrgTable
from app.domain.contacts.repository import ContactRepository, is_restricted, visible
from app.domain.groups.events import GroupMembersChanged
from app.domain.groups.pairs import Pair, ids_of, join, part
from app.domain.groups.repository import GroupRepository, MessageGroupRepository
from app.models import Contact, ContactGroup, Message, MessageGroup, User, UserGroup

CONTACT_GROUP = Pair(ContactGroup, "contact_id", "group_id")
USER_GROUP = Pair(UserGroup, "user_id", "group_id")
MESSAGE_GROUP = Pair(MessageGroup, "message_id", "group_id")

_contact: Any = Contact
_message: Any = Message

J = TypeVar("J", bound=OrgTable)


class UserRepository(Repository[User]):
    """Users, as far as groups need them."""

    model = User
    resource: ClassVar[str] = "Users.User"


class MessageRepository(Repository[Message]):
    """Messages, as far as groups and tags need them."""

    model = Message
    resource: ClassVar[str] = "Messages.Message"

    def query(self) -> Select[Message]:
        """Select the messages of contacts that the actor may see."""
        statement = super().query()
        if not is_restricted(self.ctx):
            return statement
        return statement.where(
            _message.contact_id.in_(select(_contact.id).where(visible(self.ctx)))
        )


@dataclass(frozen=True, slots=True)
class JoinChange(Generic[J]):
    """What a change of many joins answers."""

    rows: list[J]
    number_deleted: int


async def add_contact_to_group(
    ctx: Ctx, contact_id: int | str, group_id: int | str
) -> ContactGroup:
    """The contact is in the group. Raises NotFound. Emits GroupMembersChanged if he was not."""
    contact = await ContactRepository(ctx).get(contact_id)
    group = await GroupRepository(ctx).get(group_id)
    return (await _join_contacts(ctx, ids_of([contact.id]), ids_of([group.id])))[0]


async def add_user_to_group(ctx: Ctx, user_id: int | str, group_id: int | str) -> UserGroup:
    """The user looks after the group. Raises NotFound."""
    user = await UserRepository(ctx).get(user_id)
    group = await GroupRepository(ctx).get(group_id)
    rows, _ = await join(ctx, USER_GROUP, ids_of([user.id]), ids_of([group.id]))
    return rows[0]


async def add_message_to_group(
    ctx: Ctx, message_id: int | str, group_id: int | str
) -> MessageGroup:
    """The message is filed under the group. Raises NotFound."""
    message = await MessageRepository(ctx).get(message_id)
    group = await GroupRepository(ctx).get(group_id)
    rows, _ = await join(ctx, MESSAGE_GROUP, ids_of([message.id]), ids_of([group.id]))
    return rows[0]


async def delete_message_group(ctx: Ctx, id_: int | str) -> MessageGroup:
    """The message is not filed under that group any more. Raises NotFound."""
    rows = MessageGroupRepository(ctx)
    row = await rows.get(id_)
    await rows.delete(row)
    return row


async def change_group_contacts(
    ctx: Ctx, group_id: int | str, add: Sequence[int | str], delete: Sequence[int | str]
) -> JoinChange[ContactGroup]:
    """The group has the contacts `add` and not those in `delete`. Unknown contacts are left out.

    Raises NotFound for the group. Emits GroupMembersChanged.
    """
    group_ids = ids_of([(await GroupRepository(ctx).get(group_id)).id])
    added, gone = await _known(ContactRepository(ctx), add, delete)
    return await _change_contacts(ctx, (added, group_ids), (gone, group_ids))


async def change_contact_groups(
    ctx: Ctx, contact_id: int | str, add: Sequence[int | str], delete: Sequence[int | str]
) -> JoinChange[ContactGroup]:
    """The contact is in the groups `add` and not in those in `delete`. See above."""
    contact_ids = ids_of([(await ContactRepository(ctx).get(contact_id)).id])
    added, gone = await _known(GroupRepository(ctx), add, delete)
    return await _change_contacts(ctx, (contact_ids, added), (contact_ids, gone))


async def change_group_users(
    ctx: Ctx, group_id: int | str, add: Sequence[int | str], delete: Sequence[int | str]
) -> JoinChange[UserGroup]:
    """The users `add` look after the group and those in `delete` do not. Raises NotFound."""
    group_ids = ids_of([(await GroupRepository(ctx).get(group_id)).id])
    added, gone = await _known(UserRepository(ctx), add, delete)
    removed = await part(ctx, USER_GROUP, gone, group_ids)
    rows, _ = await join(ctx, USER_GROUP, added, group_ids)
    return JoinChange(rows, len(removed))


async def change_user_groups(
    ctx: Ctx, user_id: int | str, add: Sequence[int | str], delete: Sequence[int | str]
) -> JoinChange[UserGroup]:
    """The user looks after the groups `add` and not after those in `delete`. Raises NotFound."""
    user_ids = ids_of([(await UserRepository(ctx).get(user_id)).id])
    added, gone = await _known(GroupRepository(ctx), add, delete)
    removed = await part(ctx, USER_GROUP, user_ids, gone)
    rows, _ = await join(ctx, USER_GROUP, user_ids, added)
    return JoinChange(rows, len(removed))


async def _known(
    repository: Repository[J], add: Sequence[int | str], delete: Sequence[int | str]
) -> tuple[list[int], list[int]]:
    added, gone = ids_of(add), ids_of(delete)
    known = await repository.by_ids([*added, *gone])
    return [id_ for id_ in added if id_ in known], [id_ for id_ in gone if id_ in known]


Ends = tuple[list[int], list[int]]


async def _change_contacts(ctx: Ctx, add: Ends, delete: Ends) -> JoinChange[ContactGroup]:
    gone = await part(ctx, CONTACT_GROUP, *delete)
    if gone:
        left = tuple(dict.fromkeys(row.contact_id for row in gone))
        ctx.emit(GroupMembersChanged(left, tuple(dict.fromkeys(row.group_id for row in gone))))
    return JoinChange(await _join_contacts(ctx, *add), len(gone))


async def _join_contacts(
    ctx: Ctx, contact_ids: list[int], group_ids: list[int]
) -> list[ContactGroup]:
    rows, new_ids = await join(ctx, CONTACT_GROUP, contact_ids, group_ids)
    if new_ids:
        ctx.emit(GroupMembersChanged(tuple(contact_ids), tuple(group_ids)))
    return rows
