"""The rows of the demo's staff, contacts, tags, groups, templates and saved searches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from app.core.context import Ctx
from app.models.contact import Contact, ContactsField
from app.models.flow import FlowLabel
from app.models.group import Group
from app.models.search import SavedSearch
from app.models.tag import Tag
from app.models.template import SessionTemplate
from app.models.user import User
from seeds.founding import Base
from seeds.people import (
    CONTACT_FIELDS,
    CONTACTS,
    FIRST_CONTACT_PHONE,
    FLOW_LABELS,
    GROUPS,
    SAVED_SEARCHES,
    STAFF,
    TAGS,
    TEMPLATES,
    VILLAGES,
)


async def add_staff(ctx: Ctx, base: Base, password_hash: str) -> None:
    """A user of each role, with a contact of the same phone, so that an OTP can reach them."""
    contacts = [_contact(ctx, base, name, phone) for phone, name, _ in STAFF]
    ctx.session.add_all(contacts)
    await ctx.session.flush()
    ctx.session.add_all(
        User(
            organization_id=base.org_id,
            name=name,
            phone=phone,
            password_hash=password_hash,
            roles=[role],
            contact_id=contact.id,
            language_id=base.english_id,
            confirmed_at=ctx.clock.now(),
        )
        for contact, (phone, name, role) in zip(contacts, STAFF, strict=True)
    )


def add_content(ctx: Ctx, base: Base) -> None:
    """What staff have prepared: fields, tags, groups, labels, templates, saved searches."""
    org = base.org_id
    ctx.session.add_all(
        [
            *(
                ContactsField(organization_id=org, shortcode=key, name=name)
                for key, name in CONTACT_FIELDS
            ),
            *(
                Group(organization_id=org, label=label, uuid=uuid, description=description)
                for label, uuid, description in GROUPS
            ),
            *(FlowLabel(organization_id=org, name=name, uuid=uuid) for name, uuid in FLOW_LABELS),
            *(
                Tag(
                    organization_id=org,
                    label=label,
                    shortcode=label.lower().replace(" ", "-"),
                    description=description,
                    color_code=colour,
                    keywords=list(keywords),
                    language_id=base.english_id,
                )
                for label, description, colour, keywords in TAGS
            ),
            *(_template(ctx, base, *texts) for texts in TEMPLATES),
            *(_saved_search(org, shortcode, label) for shortcode, label in SAVED_SEARCHES),
        ]
    )


def _template(
    ctx: Ctx, base: Base, label: str, shortcode: str, english: str, hindi: str
) -> SessionTemplate:
    return SessionTemplate(
        organization_id=base.org_id,
        uuid=str(ctx.ids.uuid4()),
        label=label,
        shortcode=shortcode,
        body=english,
        language_id=base.english_id,
        translations={
            str(base.hindi_id): {
                "body": hindi,
                "label": label,
                "language_id": base.hindi_id,
                "number_parameters": 0,
            }
        },
    )


def _saved_search(org_id: int, shortcode: str, label: str) -> SavedSearch:
    wanted = {"term": ""} if shortcode == "All" else {"status": shortcode, "term": ""}
    return SavedSearch(
        organization_id=org_id,
        shortcode=shortcode,
        label=label,
        is_reserved=True,
        args={
            "filter": wanted,
            "contactOpts": {"limit": 25, "offset": 0},
            "messageOpts": {"limit": 20, "offset": 0},
        },
    )


def add_contacts(ctx: Ctx, base: Base) -> Sequence[Contact]:
    """The beneficiaries."""
    people = [
        _contact(
            ctx,
            base,
            name,
            str(FIRST_CONTACT_PHONE + number),
            language_id=base.hindi_id if number % 5 == 3 else base.english_id,
            fields=_fields(ctx, number),
        )
        for number, name in enumerate(CONTACTS)
    ]
    ctx.session.add_all(people)
    return people


def _contact(ctx: Ctx, base: Base, name: str, phone: str, **more: Any) -> Contact:
    now = ctx.clock.now()
    given: dict[str, Any] = {
        "organization_id": base.org_id,
        "uuid": str(ctx.ids.uuid4()),
        "name": name,
        "phone": phone,
        "language_id": base.english_id,
        "bsp_status": "session_and_hsm",
        "optin_time": now - timedelta(days=30),
        "optin_status": True,
        "optin_method": "seed",
        "last_message_at": now,
    }
    return Contact(**(given | more))


def _fields(ctx: Ctx, number: int) -> dict[str, Any]:
    """Every other person has told age and village."""
    if number % 2:
        return {}
    stored_at = (ctx.clock.now() - timedelta(days=number % 20)).isoformat()
    told = {"age": str(19 + number), "village": VILLAGES[number % len(VILLAGES)]}
    return {
        key: {"value": value, "label": key.title(), "type": "string", "inserted_at": stored_at}
        for key, value in told.items()
    }
