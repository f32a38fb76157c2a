"""send_msg: text, attachments and quick replies, or a template, to the contact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import regex

from flows.actions.base import Action, Outcome, Ref, action, template_of, templates_of, text_of
from flows.actions.messages import attachment, kind_of, send
from flows.actions.references import NamedRef, find_labels, read_refs, refs_of
from flows.expressions.template import Template
from flows.limits import DEFAULT_LIMITS
from flows.step import Step
from flows.values import Json

_PLACE = regex.compile(r"\{\{(\d+)\}\}")


@dataclass(frozen=True)
class HsmTemplate:
    """A template message that was approved before, with its variables."""

    uuid: str
    name: str
    variables: tuple[Template, ...]
    owner_uuid: str


@dataclass(frozen=True)
class SendMsg(Action):
    """Nothing is sent when there is neither text nor attachment nor template."""

    type: ClassVar[str] = "send_msg"

    text: Template
    attachments: tuple[Template, ...]
    quick_replies: tuple[Template, ...]
    labels: tuple[NamedRef, ...]
    template: HsmTemplate | None
    variables: tuple[Template, ...] = ()

    def run(self, step: Step) -> Outcome:
        limits = step.env.limits
        texts = step.localized_texts(self.uuid, "text", (self.text,), limits.text_chars)
        given = step.localized_texts(self.uuid, "attachments", self.attachments, limits.url_chars)
        attachments = tuple(item for text in given if (item := attachment(text)))
        replies = step.localized_texts(self.uuid, "quick_replies", self.quick_replies, 64)
        text = texts[0] if texts else ""
        template: dict[str, Json] | None = None
        if self.template:
            template, text = _filled(step, self.template, text)
        if not text and not attachments and not template:
            step.error("msg:empty", "the message is empty and is not sent")
            return None
        send(
            step,
            text=text,
            attachments=attachments,
            quick_replies=tuple(replies),
            kind=kind_of(attachments),
            template=template,
            labels=find_labels(step, self.labels),
        )
        return None

    def refs(self) -> tuple[Ref, ...]:
        labels = refs_of("label", self.labels)
        if self.template is None:
            return labels
        return (*labels, Ref("template", self.template.uuid, self.template.name))


def _filled(step: Step, template: HsmTemplate, text: str) -> tuple[dict[str, Json], str]:
    """Give the template's event data and its text in the contact's language."""
    base = [item.source for item in template.variables]
    owner = template.owner_uuid
    variables = step.localized_texts(owner, "variables", template.variables)
    if len(variables) != len(base):
        variables = [step.text(item)[0] for item in template.variables]
    data: dict[str, Json] = {
        "uuid": template.uuid,
        "name": template.name,
        "variables": variables,
    }
    known = step.scene.assets.template(template.uuid)
    if known is None:
        return data, text or template.name
    translations = known.get("translations") or {}
    bodies = (translations.get(language) for language in step.languages())
    body = next((item for item in bodies if item), None) or known.get("body") or ""
    return data, _PLACE.sub(
        lambda place: variables[int(place[1]) - 1] if 0 < int(place[1]) <= len(variables) else "",
        str(body),
    )


@action("send_msg")
def read(data: Mapping[str, Json]) -> Action:
    variables = _template(data)
    return SendMsg(
        uuid=text_of(data, "uuid"),
        text=template_of(data, "text"),
        attachments=templates_of(data, "attachments", DEFAULT_LIMITS.attachments),
        quick_replies=templates_of(data, "quick_replies", DEFAULT_LIMITS.quick_replies),
        labels=read_refs(data, "labels"),
        template=variables,
        variables=variables.variables if variables else (),
    )


def _template(data: Mapping[str, Json]) -> HsmTemplate | None:
    """Read `templating` (13.1) or `template` with `template_variables` (13.5)."""
    templating = data.get("templating")
    owner = text_of(data, "uuid")
    if isinstance(templating, dict) and isinstance(templating.get("template"), dict):
        named = templating["template"]
        variables = templates_of(templating, "variables", 30)
        owner = text_of(templating, "uuid") or owner
    elif isinstance(data.get("template"), dict):
        named = data["template"]
        variables = templates_of(data, "template_variables", 30)
    else:
        return None
    return HsmTemplate(text_of(named, "uuid"), text_of(named, "name"), variables, owner)
