"""The verbs of contacts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Text, cast, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.orm.attributes import set_committed_value

from app.core.context import Ctx
from app.core.errors import Invalid, NotFound
from app.core.page import Page
from app.core.repository import as_id
from app.domain.contacts import history
from app.domain.contacts.data import BSP_STATUSES, STATUSES, ContactFilter, ContactPatch
from app.domain.contacts.errors import OwnContact, SimulatorContact
from app.domain.contacts.events import ContactCreated, ContactDeleted, ContactUpdated
from app.domain.contacts.patch import given
from app.domain.contacts.phone import read_phone
from app.domain.contacts.repository import ContactRepository, contact_clauses
from app.domain.contacts.sending import (
    is_window_open,
    may_send,
    may_send_template,
    opened,
    opt_in,
    opt_out,
)
from app.models import Contact, Language, Location, Organization

__all__ = [
    "clear_fields",
    "contact_by_phone",
    "count_contacts",
    "create_contact",
    "delete_contact",
    "get_contact",
    "is_window_open",
    "list_contacts",
    "location_of",
    "may_send",
    "may_send_template",
    "opened",
    "opt_in",
    "opt_in_phone",
    "opt_out",
    "record_changes",
    "resolve_contact",
    "set_field",
    "set_fields",
    "update_contact",
]

#: How many fields one contact may have.
MAX_FIELDS = 500
MAX_NAME_CHARS = 255

_contact: Any = Contact


async def get_contact(ctx: Ctx, contact_id: int | str) -> Contact:
    """The contact. Raises NotFound, also for one that a restricted actor may not see."""
    return await ContactRepository(ctx).get(contact_id)


async def contact_by_phone(ctx: Ctx, phone: str) -> Contact:
    """The contact with that phone. Raises NotFound."""
    found = await ContactRepository(ctx).by_phone(phone)
    if found is None:
        raise NotFound.of(ContactRepository.resource, phone)
    return found


async def list_contacts(ctx: Ctx, wanted: ContactFilter, page: Page) -> Sequence[Contact]:
    """One page of the contacts that satisfy `wanted`."""
    return await ContactRepository(ctx).list(contact_clauses(wanted), page)


async def count_contacts(ctx: Ctx, wanted: ContactFilter) -> int:
    """How many contacts satisfy `wanted`."""
    return await ContactRepository(ctx).count(contact_clauses(wanted))


async def resolve_contact(ctx: Ctx, phone: str, name: str | None = None) -> Contact:
    """The contact with that phone, made in the organization's default language when absent.

    Two that resolve a new phone at once get the same contact. A contact without a name takes
    `name`. Emits ContactCreated when it is new. Raises Invalid("phone").
    """
    contacts = ContactRepository(ctx)
    known = await contacts.by_phone(phone) or await contacts.by_phone(read_phone(phone))
    if known is None:
        known = await _insert(ctx, read_phone(phone), name)
    if name and not known.name:
        known.name = name
        ctx.emit(ContactUpdated(_id(known), ("name",)))
        await ctx.session.flush()
    return known


async def _insert(ctx: Ctx, phone: str, name: str | None) -> Contact:
    now = ctx.clock.now()
    values: dict[str, Any] = {
        "organization_id": ctx.org_id,
        "uuid": str(ctx.ids.uuid4()),
        "phone": phone,
        "name": name,
        "language_id": (await _organization(ctx)).default_language_id,
        "inserted_at": now,
        "updated_at": now,
    }
    fresh = Contact(**values).model_dump(exclude={"id"})
    statement = (
        insert(Contact).values(**fresh).on_conflict_do_nothing(constraint="uq_contacts_phone")
    )
    new_id = await ctx.session.scalar(statement.returning(_contact.id))
    if new_id is not None:
        ctx.emit(ContactCreated(new_id))
    found = await ContactRepository(ctx).by_phone(phone)
    if found is None:
        # A restricted actor named somebody else's contact.
        raise NotFound.of(ContactRepository.resource, phone)
    return found


async def create_contact(ctx: Ctx, patch: ContactPatch) -> Contact:
    """Add a contact. Emits ContactCreated.

    Raises Invalid: `phone` blank, impossible or taken; `languageId` unknown.
    """
    values = await checked_patch(ctx, patch)
    if not values.get("phone"):
        raise Invalid("phone", "can't be blank")
    values.setdefault("language_id", (await _organization(ctx)).default_language_id)
    contact = Contact(uuid=str(ctx.ids.uuid4()), **values)
    await ContactRepository(ctx).add(contact)
    ctx.emit(ContactCreated(_id(contact)))
    return contact


async def update_contact(ctx: Ctx, contact_id: int | str, patch: ContactPatch) -> Contact:
    """Change the given fields and leave the rest; `status` blocked blocks, valid unblocks.

    Emits ContactUpdated, unless nothing really changed. Raises NotFound; Invalid; OwnContact
    and SimulatorContact for blocking those.
    """
    contacts = ContactRepository(ctx)
    contact = await contacts.get_for_update(contact_id)
    values = await checked_patch(ctx, patch)
    if values.get("status") == "blocked":
        await _refuse_special(ctx, contact, "blocked")
    changed = tuple(name for name, value in values.items() if getattr(contact, name) != value)
    if not changed:
        return contact
    for name in changed:
        setattr(contact, name, values[name])
    await contacts.flush()
    record_changes(ctx, contact, changed)
    ctx.emit(ContactUpdated(_id(contact), changed))
    return contact


#: Column -> the entry that its change leaves in the history.
_TOLD = {
    "name": ("contact_name_updated", "Contact name updated"),
    "language_id": ("contact_language_updated", "Contact language updated"),
    "fields": ("contact_fields_updated", "Contact fields updated"),
}


def record_changes(ctx: Ctx, contact: Contact, changed: Sequence[str]) -> None:
    """The contact's history names those of the columns `changed` that staff read about."""
    for name in changed:
        if name in _TOLD:
            history.record(ctx, _id(contact), *_TOLD[name])


async def delete_contact(ctx: Ctx, contact_id: int | str) -> Contact:
    """Remove a contact and all that belongs to it. Emits ContactDeleted.

    Raises NotFound; OwnContact; SimulatorContact.
    """
    contacts = ContactRepository(ctx)
    contact = await contacts.get(contact_id)
    await _refuse_special(ctx, contact, "deleted")
    await contacts.delete(contact)
    ctx.emit(ContactDeleted(_id(contact)))
    return contact


async def opt_in_phone(ctx: Ctx, phone: str, name: str | None, method: str) -> Contact:
    """The contact with that phone, made when absent, has opted in. Raises as its two halves do."""
    contact = await resolve_contact(ctx, phone, name)
    return await opt_in(ctx, contact, method)


async def set_field(
    ctx: Ctx, contact: Contact, key: str, value: object, label: str | None = None
) -> None:
    """The contact's field `key` holds `value`. See `set_fields`."""
    await set_fields(ctx, contact, {key: (value, label)})


async def set_fields(
    ctx: Ctx, contact: Contact, values: Mapping[str, tuple[object, str | None]]
) -> None:
    """The contact's fields hold `values` (key -> value and label); others stay.

    The database merges, so that two writers of different keys both win. Emits ContactUpdated and
    records `contact_fields_updated`, unless nothing really changed.
    """
    at = ctx.clock.now().isoformat().replace("+00:00", "Z")
    news = {
        key: {"value": value, "label": label or key, "type": "string", "inserted_at": at}
        for key, (value, label) in values.items()
        if contact.fields.get(key, {}).get("value") != value or key not in contact.fields
    }
    if not news:
        return
    merged = {**contact.fields, **news}
    if len(merged) > MAX_FIELDS:
        raise Invalid("fields", f"a contact may have {MAX_FIELDS} fields")
    await ctx.session.execute(
        update(Contact)
        .where(_contact.id == contact.id, _contact.organization_id == ctx.org_id)
        .values(fields=_contact.fields.op("||")(cast(news, JSONB)))
        .execution_options(synchronize_session=False)
    )
    set_committed_value(contact, "fields", merged)
    for key, field in news.items():
        words = f"Value for {field['label']} is updated to {field['value']}"
        meta = {"field": {"key": key, "value": field["value"]}}
        history.record(ctx, _id(contact), "contact_fields_updated", words, meta)
    ctx.emit(ContactUpdated(_id(contact), ("fields",)))


async def clear_fields(ctx: Ctx, contact: Contact, keys: Collection[str]) -> None:
    """The contact has no field of those `keys`; others stay.

    Emits ContactUpdated and records `contact_fields_updated`, unless he had none.
    """
    gone = {key: contact.fields[key] for key in keys if key in contact.fields}
    if not gone:
        return
    await ctx.session.execute(
        update(Contact)
        .where(_contact.id == contact.id, _contact.organization_id == ctx.org_id)
        .values(fields=_contact.fields.op("-")(cast(list(gone), ARRAY(Text))))
        .execution_options(synchronize_session=False)
    )
    left = {key: field for key, field in contact.fields.items() if key not in gone}
    set_committed_value(contact, "fields", left)
    for key, field in gone.items():
        label = field.get("label") or key if isinstance(field, dict) else key
        meta = {"field": {"key": key, "value": None}}
        words = f"Value for {label} is removed"
        history.record(ctx, _id(contact), "contact_fields_updated", words, meta)
    ctx.emit(ContactUpdated(_id(contact), ("fields",)))


async def location_of(ctx: Ctx, contact_id: int | str) -> Location | None:
    """Where the contact said last that he was; None when he never did. Raises NotFound."""
    contacts = ContactRepository(ctx)
    contact = await contacts.get(contact_id)
    return await contacts.location_of(contact.id)


async def _organization(ctx: Ctx) -> Organization:
    organization = await ctx.session.get(Organization, ctx.org_id)
    assert organization is not None, "a unit of work is of an organization that exists"
    return organization


async def _refuse_special(ctx: Ctx, contact: Contact, deed: str) -> None:
    if contact.is_simulator:
        raise SimulatorContact(contact.id, deed)
    if contact.id == (await _organization(ctx)).contact_id:
        raise OwnContact(contact.id, deed)


async def checked_patch(ctx: Ctx, patch: ContactPatch) -> dict[str, Any]:
    """What `patch` gives, as the table takes it. Raises Invalid naming the field."""
    checked = given(patch)
    if "phone" in checked:
        checked["phone"] = read_phone(checked["phone"] or "")
    if "language_id" in checked:
        checked["language_id"] = await _language_id(ctx, checked["language_id"])
    if len(checked.get("name") or "") > MAX_NAME_CHARS:
        raise Invalid("name", f"should be at most {MAX_NAME_CHARS} characters")
    for name, allowed in (("status", STATUSES), ("bsp_status", BSP_STATUSES)):
        if name in checked and checked[name] not in allowed:
            raise Invalid(name, "is invalid")
    for name in ("fields", "settings"):
        if name in checked:
            checked[name] = _json_object(name, checked[name])
    return checked


async def _language_id(ctx: Ctx, value: int | str) -> int:
    id_ = as_id(value)
    language = await ctx.session.get(Language, id_) if id_ else None
    if language is None or language.id is None:
        raise Invalid("languageId", "does not exist")
    return language.id


def _json_object(name: str, value: object) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Invalid(name, "must be a JSON object")
    if len(value) > MAX_FIELDS:
        raise Invalid(name, f"a contact may have {MAX_FIELDS} fields")
    return value


def _id(contact: Contact) -> int:
    assert contact.id is not None, "the row has been stored"
    return contact.id
