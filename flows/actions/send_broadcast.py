"""send_broadcast: a message to other contacts (in Glific: staff) and groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from flows.actions.base import (
    Action,
    Outcome,
    Ref,
    action,
    list_of,
    template_of,
    templates_of,
    text_of,
)
from flows.actions.messages import attachment
from flows.actions.references import NamedRef, find_groups, read_refs, refs_of
from flows.events.message import BroadcastCreated
from flows.expressions.template import Template
from flows.limits import DEFAULT_LIMITS
from flows.step import Step
from flows.values import Json


@dataclass(frozen=True)
class SendBroadcast(Action):
    """The text is evaluated for the contact of this session, in the organization's language."""

    type: ClassVar[str] = "send_broadcast"

    text: Template
    attachments: tuple[Template, ...]
    quick_replies: tuple[Template, ...]
    contacts: tuple[NamedRef, ...]
    groups: tuple[NamedRef, ...]
    urns: tuple[str, ...]

    def run(self, step: Step) -> Outcome:
        limits = step.env.limits
        text, _ = step.text(self.text, limits.text_chars)
        groups = find_groups(step, self.groups)
        contacts = tuple(item.uuid for item in self.contacts if item.uuid)
        if not (contacts or groups or self.urns):
            return None
        given = (step.text(item)[0] for item in self.attachments)
        step.emit(
            BroadcastCreated,
            text=text,
            attachments=tuple(item for value in given if (item := attachment(value))),
            quick_replies=tuple(step.text(item, 64)[0] for item in self.quick_replies),
            contacts=contacts[: limits.broadcast_recipients],
            groups=tuple(group.uuid for group in groups),
            urns=self.urns[: limits.broadcast_recipients],
        )
        return None

    def refs(self) -> tuple[Ref, ...]:
        return (*refs_of("contact", self.contacts), *refs_of("group", self.groups))


@action("send_broadcast")
def read(data: Mapping[str, Json]) -> Action:
    return SendBroadcast(
        uuid=text_of(data, "uuid"),
        text=template_of(data, "text"),
        attachments=templates_of(data, "attachments", DEFAULT_LIMITS.attachments),
        quick_replies=templates_of(data, "quick_replies", DEFAULT_LIMITS.quick_replies),
        contacts=read_refs(data, "contacts"),
        groups=read_refs(data, "groups"),
        urns=tuple(str(urn) for urn in list_of(data, "urns")),
    )
