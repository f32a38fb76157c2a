"""send_broadcast: a message to other contacts (in Glific: staff) and groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from flows.actions.base import Action, Outcome, Ref, action, template_of, templates_of, text_of
from flows.actions.messages import Content, evaluate
from flows.actions.recipients import Recipients, find_recipients, read_recipients
from flows.actions.references import refs_of
from flows.actions.templates import HsmTemplate, read_template
from flows.blanks import Blanks
from flows.events.message import BroadcastCreated
from flows.expressions.template import Template
from flows.limits import DEFAULT_LIMITS
from flows.step import Step
from flows.values import Json


@dataclass(frozen=True)
class SendBroadcast(Action):
    """The texts are evaluated for the contact of this session, in every language of the flow.

    @staff is who reads the message (Glific): the host fills him in.
    """

    type: ClassVar[str] = "send_broadcast"

    text: Template
    attachments: tuple[Template, ...]
    quick_replies: tuple[Template, ...]
    recipients: Recipients
    template: HsmTemplate | None

    def run(self, step: Step) -> Outcome:
        found = find_recipients(step, self.recipients)
        base = step.flow.language
        languages = dict.fromkeys([base, *step.flow.localization])
        blanks = Blanks(step.env.rng, (field.key for field in step.scene.assets.fields()))
        with _writing_to(step, blanks):
            contents = {language: self._content(step, language) for language in languages}
        variables = [step.text(v)[0] for v in self.template.variables] if self.template else []
        if found.is_empty:
            return None
        step.emit(
            BroadcastCreated,
            text=contents[base].text,
            attachments=contents[base].attachments,
            quick_replies=contents[base].quick_replies,
            translations={name: _shown(content) for name, content in contents.items()},
            base_language=base,
            template=_template(self.template, variables),
            contacts=found.contacts,
            groups=found.groups,
            urns=found.urns,
            contact_query=found.query,
            blanks=blanks.used_in(_whole(contents.values())),
        )
        return None

    def _content(self, step: Step, language: str) -> Content:
        return evaluate(
            step, self.uuid, self.text, self.attachments, self.quick_replies, (language,)
        )

    def refs(self) -> tuple[Ref, ...]:
        people = self.recipients
        return (*refs_of("contact", people.contacts), *refs_of("group", people.groups))

    def templates(self) -> Iterator[Template]:
        own = self.template.variables if self.template else ()
        texts = (self.text, *self.attachments, *self.quick_replies, *own)
        yield from (*texts, *self.recipients.templates())


@contextmanager
def _writing_to(step: Step, blanks: Blanks) -> Iterator[None]:
    """Let @staff be the reader meanwhile, unless goflow's habits hold."""
    step.scene.blanks = None if step.is_goflow else blanks
    step.forget()
    yield
    step.scene.blanks = None
    step.forget()


def _whole(contents: Iterable[Content]) -> str:
    return "".join(
        text
        for content in contents
        for text in (content.text, *content.attachments, *content.quick_replies)
    )


def _shown(content: Content) -> dict[str, Json]:
    shown: dict[str, Json] = {"text": content.text}
    if content.attachments:
        shown["attachments"] = list(content.attachments)
    if content.quick_replies:
        extras = content.extras or ("",) * len(content.quick_replies)
        pairs = zip(content.quick_replies, extras, strict=True)
        shown["quick_replies"] = [
            {"type": "text", "text": text} | ({"extra": extra} if extra else {})
            for text, extra in pairs
        ]
    return shown


def _template(template: HsmTemplate | None, values: list[str]) -> Mapping[str, Json] | None:
    if template is None:
        return None
    return {"uuid": template.uuid, "name": template.name, "variables": values}


@action("send_broadcast")
def read(data: Mapping[str, Json]) -> Action:
    return SendBroadcast(
        uuid=text_of(data, "uuid"),
        text=template_of(data, "text"),
        attachments=templates_of(data, "attachments", DEFAULT_LIMITS.attachments),
        quick_replies=templates_of(data, "quick_replies", DEFAULT_LIMITS.quick_replies),
        recipients=read_recipients(data),
        template=read_template(data),
    )
