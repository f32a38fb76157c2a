"""Tags on contacts and on messages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.core.context import Ctx
from app.core.repository import Repository
from app.domain.contacts.repository import ContactRepository
from app.domain.groups.joins import JoinChange, MessageRepository
from app.domain.groups.pairs import Pair, ids_of, join, part
from app.domain.tags.events import ContactTagged, ContactUntagged, MessageTagged, MessageUntagged
from app.domain.tags.repository import TagRepository
from app.models import ContactTag, MessageTag, Tag

CONTACT_TAG = Pair(ContactTag, "contact_id", "tag_id")
MESSAGE_TAG = Pair(MessageTag, "message_id", "tag_id")
#: What a tag with a value keeps of a message.
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


async def tag_contact(ctx: Ctx, contact_id: int | str, tag_id: int | str) -> ContactTag:
    """The contact has the tag. Emits ContactTagged if he did not. Raises NotFound."""
    contact = await ContactRepository(ctx).get(contact_id)
    tag = await TagRepository(ctx).get(tag_id)
    return (await _tag_contacts(ctx, ids_of([contact.id]), ids_of([tag.id])))[0]


async def change_contact_tags(
    ctx: Ctx, contact_id: int | str, add: Sequence[int | str], delete: Sequence[int | str]
) -> JoinChange[ContactTag]:
    """The contact has the tags `add` and not those in `delete`. Unknown tags are left out.

    Emits ContactTagged and ContactUntagged. Raises NotFound for the contact.
    """
    contact_ids = ids_of([(await ContactRepository(ctx).get(contact_id)).id])
    added, gone = await _known(TagRepository(ctx), add, delete)
    removed = await part(ctx, CONTACT_TAG, contact_ids, gone)
    for row in removed:
        ctx.emit(ContactUntagged(row.id or 0, row.contact_id, row.tag_id, row.value))
    return JoinChange(await _tag_contacts(ctx, contact_ids, added), len(removed))


async def tag_message(ctx: Ctx, message_id: int | str, tag_id: int | str) -> MessageTag:
    """The message has the tag. Emits MessageTagged if it did not. Raises NotFound."""
    message = await MessageRepository(ctx).get(message_id)
    tag = await TagRepository(ctx).get(tag_id)
    return (await tag_messages(ctx, ids_of([message.id]), ids_of([tag.id])))[0]


async def change_message_tags(
    ctx: Ctx, message_id: int | str, add: Sequence[int | str], delete: Sequence[int | str]
) -> JoinChange[MessageTag]:
    """The message has the tags `add` and not those in `delete`. Unknown tags are left out.

    Emits MessageTagged and MessageUntagged. Raises NotFound for the message.
    """
    message_ids = ids_of([(await MessageRepository(ctx).get(message_id)).id])
    added, gone = await _known(TagRepository(ctx), add, delete)
    removed = await part(ctx, MESSAGE_TAG, message_ids, gone)
    for row in removed:
        ctx.emit(MessageUntagged(row.id or 0, row.message_id, row.tag_id, row.value))
    return JoinChange(await tag_messages(ctx, message_ids, added), len(removed))


async def tag_messages(
    ctx: Ctx, message_ids: Sequence[int], tag_ids: Sequence[int]
) -> list[MessageTag]:
    """Each message has each tag; one that takes a value, with the number that the message says.

    Emits MessageTagged for what is new. The caller has seen to it that all are the organization's.
    """
    rows, new_ids = await join(ctx, MESSAGE_TAG, message_ids, tag_ids)
    await _fill_values(ctx, [row for row in rows if row.id in new_ids])
    for row in rows:
        if row.id in new_ids:
            ctx.emit(MessageTagged(row.id, row.message_id, row.tag_id, row.value))
    return rows


async def _fill_values(ctx: Ctx, rows: Sequence[MessageTag]) -> None:
    tags = await TagRepository(ctx).by_ids([row.tag_id for row in rows])
    valued = [row for row in rows if tags[row.tag_id].is_value]
    if not valued:
        return
    messages = await MessageRepository(ctx).by_ids([row.message_id for row in valued])
    for row in valued:
        number = _NUMBER.search(messages[row.message_id].body or "")
        row.value = number[0] if number else None
    await ctx.session.flush()


async def _tag_contacts(
    ctx: Ctx, contact_ids: Sequence[int], tag_ids: Sequence[int]
) -> list[ContactTag]:
    rows, new_ids = await join(ctx, CONTACT_TAG, contact_ids, tag_ids)
    for row in rows:
        if row.id in new_ids:
            ctx.emit(ContactTagged(row.id, row.contact_id, row.tag_id, row.value))
    return rows


async def _known(
    tags: Repository[Tag], add: Sequence[int | str], delete: Sequence[int | str]
) -> tuple[list[int], list[int]]:
    added, gone = ids_of(add), ids_of(delete)
    known = await tags.by_ids([*added, *gone])
    return [id_ for id_ in added if id_ in known], [id_ for id_ in gone if id_ in known]
