"""Rows of an import, applied to the database a chunk at a time.

A chunk takes a fixed number of queries, however long it is, and may be applied twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.core.context import Ctx
from app.domain.contact_fields.service import ensure_fields
from app.domain.contacts.events import ContactCreated, ContactDeleted, ContactUpdated
from app.domain.contacts.import_rows import Fault, Row
from app.domain.contacts.repository import ContactRepository, active_languages
from app.domain.contacts.sending import is_window_open
from app.domain.groups.events import GroupMembersChanged
from app.domain.groups.service import get_or_create_group
from app.models import Contact, ContactGroup, ContactHistory, Organization

#: Rows that one transaction takes.
CHUNK = 100

_contact: Any = Contact
_in_group: Any = ContactGroup


@dataclass(frozen=True, slots=True)
class Plan:
    """What holds for all rows of an import."""

    group_label: str | None = None
    #: Only put known contacts into their collections; make and change nobody.
    only_move: bool = False


async def apply_rows(
    ctx: Ctx, plan: Plan, rows: Sequence[Row], field_labels: Mapping[str, str]
) -> list[Fault]:
    """The contacts are as `rows` say; give the rows that could not be followed.

    Unknown phone: added (not when only moving). Known: the given columns change. `delete`: gone.
    A day in `opt_in` opts in. All enter the group and their collections. Emits the events.
    """
    last = {row.phone: row for row in rows}
    known = await ContactRepository(ctx).by_phones(list(last))
    special = await _special(ctx, known)
    faults = [
        _fault(row, "cannot be changed by an import")
        for row in last.values()
        if row.phone in special
    ]
    wanted = {phone: row for phone, row in last.items() if phone not in special}
    if plan.only_move:
        faults += [_fault(r, "is not a contact") for p, r in wanted.items() if p not in known]
        kept = {phone: row for phone, row in wanted.items() if phone in known}
    else:
        await _delete(ctx, [known[p] for p, row in wanted.items() if row.delete and p in known])
        kept = {phone: row for phone, row in wanted.items() if not row.delete}
        faults += await _write(ctx, kept, known)
        await ensure_fields(ctx, field_labels)
    await _fill_groups(ctx, plan, [(known[p], row) for p, row in kept.items() if p in known])
    return faults


async def _special(ctx: Ctx, known: Mapping[str, Contact]) -> set[str]:
    """Phones that no import may touch: the organization's own, simulators, blocked contacts."""
    organization = await ctx.session.get(Organization, ctx.org_id)
    own_id = organization.contact_id if organization else None
    return {
        phone
        for phone, contact in known.items()
        if contact.is_simulator or contact.id == own_id or contact.status == "blocked"
    }


async def _delete(ctx: Ctx, contacts: Sequence[Contact]) -> None:
    if not contacts:
        return
    ids = [contact.id for contact in contacts if contact.id is not None]
    await ctx.session.execute(
        delete(Contact)
        .where(_contact.organization_id == ctx.org_id, _contact.id.in_(ids))
        .execution_options(synchronize_session=False)
    )
    for contact, id_ in zip(contacts, ids, strict=True):
        ctx.session.expunge(contact)
        ctx.emit(ContactDeleted(id_))


async def _write(ctx: Ctx, rows: Mapping[str, Row], known: dict[str, Contact]) -> list[Fault]:
    """Add and change contacts; `known` gains the new ones."""
    languages = {
        word.lower(): language.id
        for language in await active_languages(ctx)
        for word in (language.label, language.locale)
    }
    faults = [
        _fault(row, f"language {row.language} is unknown")
        for row in rows.values()
        if row.language and row.language not in languages
    ]
    await _insert_new(ctx, [phone for phone in rows if phone not in known])
    found = await ContactRepository(ctx).by_phones([p for p in rows if p not in known])
    for contact in found.values():
        ctx.emit(ContactCreated(contact.id or 0))
    new = set(found)
    known.update(found)
    for phone, row in rows.items():
        changed = _change(ctx, known[phone], row, languages)
        if changed and phone not in new:
            ctx.emit(ContactUpdated(known[phone].id or 0, changed))
    await ctx.session.flush()
    return faults


async def _insert_new(ctx: Ctx, phones: Sequence[str]) -> None:
    if not phones:
        return
    organization = await ctx.session.get(Organization, ctx.org_id)
    assert organization is not None, "a unit of work is of an organization that exists"
    now = ctx.clock.now()
    fresh = [
        Contact(
            organization_id=ctx.org_id,
            uuid=str(ctx.ids.uuid4()),
            phone=phone,
            language_id=organization.default_language_id,
            inserted_at=now,
            updated_at=now,
        ).model_dump(exclude={"id"})
        for phone in phones
    ]
    statement = insert(Contact).values(fresh)
    await ctx.session.execute(statement.on_conflict_do_nothing(constraint="uq_contacts_phone"))


def _change(
    ctx: Ctx, contact: Contact, row: Row, languages: Mapping[str, int | None]
) -> tuple[str, ...]:
    news: dict[str, Any] = {}
    if row.name:
        news["name"] = row.name
    if row.language and languages.get(row.language):
        news["language_id"] = languages[row.language]
    if row.fields:
        news["fields"] = {**contact.fields, **_fields(ctx, contact, row)}
    if row.opted_in_at and not (contact.optin_status and contact.optout_time is None):
        news |= _opted_in(ctx, contact, row)
    changed = tuple(name for name, value in news.items() if getattr(contact, name) != value)
    for name in changed:
        setattr(contact, name, news[name])
    return changed


def _fields(ctx: Ctx, contact: Contact, row: Row) -> dict[str, Any]:
    at = ctx.clock.now().isoformat().replace("+00:00", "Z")
    return {
        key: {"value": value, "label": key, "type": "string", "inserted_at": at}
        for key, value in row.fields.items()
        if contact.fields.get(key, {}).get("value") != value
    }


def _opted_in(ctx: Ctx, contact: Contact, row: Row) -> dict[str, Any]:
    entry = ContactHistory(
        organization_id=ctx.org_id,
        contact_id=contact.id or 0,
        event_type="contact_opted_in",
        event_label="Contact opted in",
        event_meta={"method": "Import"},
        event_datetime=ctx.clock.now(),
    )
    ctx.session.add(entry)
    return {
        "optin_time": row.opted_in_at,
        "optin_status": True,
        "optin_method": "Import",
        "optout_time": None,
        "optout_method": None,
        "status": "valid",
        "bsp_status": "session_and_hsm" if is_window_open(ctx, contact) else "hsm",
    }


async def _fill_groups(ctx: Ctx, plan: Plan, members: Sequence[tuple[Contact, Row]]) -> None:
    by_label: dict[str, list[int]] = {plan.group_label: []} if plan.group_label else {}
    for contact, row in members:
        for label in (*((plan.group_label,) if plan.group_label else ()), *row.collections):
            by_label.setdefault(label, []).append(contact.id or 0)
    # One group an import is the rule; a sheet with many collections names few of them a chunk.
    groups = {label: await get_or_create_group(ctx, label) for label in by_label}
    now = ctx.clock.now()
    rows: list[dict[str, Any]] = [
        {
            "organization_id": ctx.org_id,
            "contact_id": contact_id,
            "group_id": groups[label].id,
            "inserted_at": now,
            "updated_at": now,
        }
        for label, contact_ids in by_label.items()
        for contact_id in dict.fromkeys(contact_ids)
    ]
    if rows:
        statement = insert(ContactGroup).values(rows).on_conflict_do_nothing()
        new = await ctx.session.execute(
            statement.returning(_in_group.contact_id, _in_group.group_id)
        )
        _tell_members(ctx, [(row[0], row[1]) for row in new])


def _tell_members(ctx: Ctx, new: Sequence[tuple[int, int]]) -> None:
    if new:
        contact_ids = tuple(dict.fromkeys(contact_id for contact_id, _ in new))
        group_ids = tuple(dict.fromkeys(group_id for _, group_id in new))
        ctx.emit(GroupMembersChanged(contact_ids, group_ids))


def _fault(row: Row, reason: str) -> Fault:
    return Fault(row.line, row.phone, reason)
