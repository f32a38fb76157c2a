"""The contact as expressions show it: @contact, @fields, @urns."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flows.contact import Contact, FieldValue
from flows.directory import Channel
from flows.expressions.values import DEFAULT, Value, to_text
from flows.fields import typed_value
from flows.scene import Scene
from flows.urns import format_urn, parse

_HIDDEN = "********"


def contact_value(scene: Scene, contact: Contact) -> dict[str, Any]:
    found = scene.assets.language(contact.language) if contact.language else None
    language = found.name if found and scene.env.dialect == "glific" else contact.language
    phone = _HIDDEN if scene.env.redact_urns else contact.phone
    urns = shown_urns(scene, contact)
    return {
        **_of_host(scene, contact),
        DEFAULT: _shown_name(scene, contact, phone, urns),
        "uuid": contact.uuid,
        "id": contact.id,
        "ref": contact.id,
        "name": contact.name,
        "first_name": contact.name.split(" ")[0] if contact.name else "",
        "phone": phone,
        "language": language,
        "status": contact.status,
        "bsp_status": contact.bsp_status,
        "optin_time": contact.optin_time,
        "settings": dict(contact.settings),
        "groups": [
            {"uuid": g.uuid, "id": g.id, "name": g.name, DEFAULT: g.name} for g in contact.groups
        ],
        "in_groups": [group.name for group in contact.groups],
        "fields": {
            key: {**value.to_json(), DEFAULT: value.value}
            for key, value in field_values(scene, contact).items()
        },
        "urns": urns,
        "urn": urns[0] if urns else _none(scene),
        "channel": _contact_channel(scene, contact),
        "tickets": Decimal(sum(1 for ticket in contact.tickets if ticket.status == "open")),
        "created_on": contact.created_on,
        "last_seen_on": contact.last_seen_on,
        "timezone": contact.timezone or _none(scene),
    }


def _of_host(scene: Scene, contact: Contact) -> dict[str, Any]:
    """Give what only Glific has: further columns, and the persons who share the phone."""
    if scene.env.dialect == "goflow":
        return {}
    numbered = list(enumerate(contact.profiles, 1))
    return {
        **contact.properties,
        "active_profile_name": next((p.name for p in contact.profiles if p.is_current), ""),
        "has_multiple_profile": bool(numbered),
        "list_profiles": "\n".join(f"{number}. {profile.name}" for number, profile in numbered),
        "profiles": {
            "count": Decimal(len(numbered)),
            **{
                f"profile_{number}": {
                    DEFAULT: profile.name,
                    "id": profile.id,
                    "name": profile.name,
                    "index": Decimal(number),
                }
                for number, profile in numbered
            },
        },
    }


def _none(scene: Scene) -> Value:
    """Give what a name shows that has no value: null in goflow, no text in Glific."""
    return None if scene.env.dialect == "goflow" else ""


def _shown_name(scene: Scene, contact: Contact, phone: str, urns: list[str]) -> str:
    if contact.name or scene.env.dialect == "glific":
        return contact.name or phone or contact.uuid
    if scene.env.redact_urns or not urns:
        return contact.id or contact.uuid
    return format_urn(urns[0])


def shown_urns(scene: Scene, contact: Contact) -> list[str]:
    """Give the URNs as expressions show them: without channels, hidden where phone numbers must be."""
    texts = contact.urns or ((f"tel:{contact.phone}",) if contact.phone else ())
    found = [urn for text in texts if (urn := parse(text))]
    if scene.env.redact_urns:
        return [f"{urn.scheme}:{_HIDDEN}" for urn in found]
    return [urn.shown for urn in found]


def _contact_channel(scene: Scene, contact: Contact) -> Value:
    urns = [urn for text in contact.urns if (urn := parse(text))]
    found = scene.env.directory.route(urns)
    return channel_value(found[1]) if found else None


def channel_value(channel: Channel) -> dict[str, Any]:
    return {
        DEFAULT: channel.name,
        "uuid": channel.uuid,
        "name": channel.name,
        "address": channel.address,
    }


def field_values(scene: Scene, contact: Contact) -> dict[str, FieldValue]:
    """Give the fields by key, empty ones too; in Glific the name and the language are fields as well."""
    empty = {f.key: FieldValue("", f.name, f.type) for f in scene.assets.fields()}
    if scene.env.dialect == "goflow":
        return {**empty, **contact.fields}
    language = scene.assets.language(contact.language) if contact.language else None
    shown = language.name if language else contact.language
    own = {"name": FieldValue(contact.name, "Name"), "language": FieldValue(shown, shown)}
    return {**empty, **own, **contact.fields}


def fields_value(scene: Scene, contact: Contact) -> dict[str, Any]:
    """Give the fields by key: typed where the text was understood as the field's type."""
    found: dict[str, Any] = {
        key: typed_value(scene.env, value, _field_type(scene, key))
        for key, value in field_values(scene, contact).items()
    }
    lines = (f"{name}: {to_text(value)}" for name, value in _named(scene, found) if value)
    return {**found, DEFAULT: "\n".join(lines)} if scene.env.dialect == "goflow" else found


def _named(scene: Scene, found: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(field.name, found.get(field.key)) for field in scene.assets.fields()]


def _field_type(scene: Scene, key: str) -> str:
    known = scene.assets.field(key)
    return known.type if known else "text"
