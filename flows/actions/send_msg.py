"""send_msg: text, attachments and quick replies, or a template, to the contact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from flows.actions.base import Action, Outcome, Ref, action, template_of, templates_of, text_of
from flows.actions.messages import Content, evaluate, kind_of, send
from flows.actions.references import NamedRef, find_labels, read_refs, refs_of
from flows.actions.templates import HsmTemplate, fill, read_template
from flows.expressions.template import Template
from flows.limits import DEFAULT_LIMITS
from flows.step import Step
from flows.values import Json


@dataclass(frozen=True)
class SendMsg(Action):
    """Nothing is sent when there is neither text nor attachment nor template (Glific)."""

    type: ClassVar[str] = "send_msg"

    text: Template
    attachments: tuple[Template, ...]
    quick_replies: tuple[Template, ...]
    labels: tuple[NamedRef, ...]
    template: HsmTemplate | None
    variables: tuple[Template, ...] = ()

    def run(self, step: Step) -> Outcome:
        content = evaluate(step, self.uuid, self.text, self.attachments, self.quick_replies)
        data: Mapping[str, Json] | None = None
        if self.template:
            data, content = _with_template(step, self.template, content)
        if not content.text and not content.attachments and not data and not step.is_goflow:
            step.error("msg:empty", "the message is empty and is not sent")
            return None
        send(
            step,
            content,
            kind=kind_of(content.attachments),
            template=data,
            labels=find_labels(step, self.labels),
        )
        return None

    def refs(self) -> tuple[Ref, ...]:
        labels = refs_of("label", self.labels)
        if self.template is None:
            return labels
        return (*labels, Ref("template", self.template.uuid, self.template.name))


def _with_template(
    step: Step, template: HsmTemplate, content: Content
) -> tuple[Mapping[str, Json] | None, Content]:
    """Give the template's data and its texts in the place of the message's own."""
    filled = fill(step, template)
    if filled is None:
        return None, content
    if not filled.locale:
        text = filled.text or content.text or template.name
        return filled.data, replace(content, text=text)
    return filled.data, Content(
        text=filled.text,
        attachments=filled.attachments,
        quick_replies=filled.quick_replies,
        extras=(),
        language=filled.locale.split("-")[0],
        locale=filled.locale,
    )


@action("send_msg")
def read(data: Mapping[str, Json]) -> Action:
    template = read_template(data)
    return SendMsg(
        uuid=text_of(data, "uuid"),
        text=template_of(data, "text"),
        attachments=templates_of(data, "attachments", DEFAULT_LIMITS.attachments),
        quick_replies=templates_of(data, "quick_replies", DEFAULT_LIMITS.quick_replies),
        labels=read_refs(data, "labels"),
        template=template,
        variables=template.variables if template else (),
    )
