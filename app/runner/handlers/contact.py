"""The contact changed. The row follows, through the verbs of contacts where they hold a rule."""

from __future__ import annotations

from app.domain.contacts import sending
from app.runner.scene import Scene
from flows.events import (
    ContactFieldChanged,
    ContactGroupsChanged,
    ContactLanguageChanged,
    ContactNameChanged,
    ContactSettingsChanged,
    ContactStatusChanged,
    ContactTimezoneChanged,
)

#: The specification's words -> what stands in `contacts.status`.
_STATUSES = {"active": "valid", "blocked": "blocked", "stopped": "invalid", "archived": "invalid"}


async def change_name(scene: Scene, event: ContactNameChanged) -> None:
    scene.contact.name = event.name


async def change_language(scene: Scene, event: ContactLanguageChanged) -> None:
    default = scene.assets.org.default_language_id
    scene.contact.language_id = scene.assets.language_ids.get(event.language, default)


async def change_settings(scene: Scene, event: ContactSettingsChanged) -> None:
    scene.contact.settings = dict(event.settings)


async def change_timezone(scene: Scene, event: ContactTimezoneChanged) -> None:
    scene.contact.settings = scene.contact.settings | {"timezone": event.timezone}


async def change_field(scene: Scene, event: ContactFieldChanged) -> None:
    scene.fields[event.key] = (event.value.value if event.value else None, event.name)


async def change_groups(scene: Scene, event: ContactGroupsChanged) -> None:
    added = {int(group.id) for group in event.added if group.id.isdigit()}
    removed = {int(group.id) for group in event.removed if group.id.isdigit()}
    scene.added_groups = (scene.added_groups | added) - removed
    scene.removed_groups = (scene.removed_groups - added) | removed


async def change_status(scene: Scene, event: ContactStatusChanged) -> None:
    if event.status == "optin":
        await sending.opt_in(scene.ctx, scene.contact, "flow")
    elif event.status == "optout":
        await sending.opt_out(scene.ctx, scene.contact, "flow")
    elif event.status in _STATUSES:
        scene.contact.status = _STATUSES[event.status]
