"""Smart groups: who is in them follows from the contact, after every change of it."""

from __future__ import annotations

from dataclasses import replace

from flows.contact import Contact
from flows.contactql import holds
from flows.environment import Environment
from flows.values import GroupRef

#: Statuses of contacts that are in no group (goflow).
OUTSIDE = frozenset({"blocked", "stopped", "archived"})

Change = tuple[Contact, tuple[GroupRef, ...], tuple[GroupRef, ...]]


def regrouped(contact: Contact, env: Environment) -> Change | None:
    """Give the contact in its right groups, those it joined and left; None when nothing changes."""
    smart = env.directory.smart_groups
    is_outside = contact.status in OUTSIDE and env.dialect == "goflow"
    if not smart and not is_outside:
        return None
    held = {group.uuid for group in contact.groups}
    fit = {g.uuid for g in smart if not is_outside and holds(g.query, contact, env)}
    added = tuple(group for group in smart if group.uuid in fit - held)
    removed = tuple(group for group in smart if group.uuid in held - fit)
    if is_outside:
        known = {group.uuid for group in smart}
        removed += tuple(group for group in contact.groups if group.uuid not in known)
    if not added and not removed:
        return None
    gone = {group.uuid for group in removed}
    groups = (*(group for group in contact.groups if group.uuid not in gone), *added)
    return replace(contact, groups=groups), added, removed
