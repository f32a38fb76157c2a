"""send_email: a mail to addresses that the flow names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from flows.actions.base import Action, Outcome, action, template_of, templates_of, text_of
from flows.actions.outside import answer_of, ask
from flows.effects import SendEmail
from flows.events.outside import EmailSent
from flows.expressions.template import Template, compile_template
from flows.step import Step
from flows.stimuli import Stimulus
from flows.values import Json

_ADDRESSES = 10


@dataclass(frozen=True)
class SendEmailAction(Action):
    """Nothing is sent without a subject, a body and an address; each that is empty is told."""

    type: ClassVar[str] = "send_email"

    addresses: tuple[Template, ...]
    subject: Template
    body: Template

    def run(self, step: Step) -> Outcome:
        subject = self._text(step, "subject", self.subject)
        if not subject:
            step.error("", "a mail without a subject is not sent")
            return None
        body = self._text(step, "body", self.body)
        if not body:
            step.error("", "a mail without a body is not sent")
            return None
        to = self._to(step)
        if not to:
            return None
        note = {"to": list(to), "subject": subject, "body": body}
        return ask(step, self.uuid, SendEmail, note=note, to=to, subject=subject, body=body)

    def _text(self, step: Step, name: str, base: Template) -> str:
        source = step.localized(self.uuid, name, (base.source,))[0]
        text = step.text(compile_template(source))[0].strip()
        return " ".join(text.split()) if name == "subject" else text

    def _to(self, step: Step) -> tuple[str, ...]:
        found: list[str] = []
        for template in self.addresses:
            address = step.text(template)[0].strip().removeprefix("mailto:")
            if address:
                found.append(address)
            else:
                step.error("", "an empty address is left out")
        return tuple(found)

    def receive(self, step: Step, stimulus: Stimulus) -> None:
        done = answer_of(stimulus)
        if not done.ok:
            step.scene.outcome = "Failure"
            step.error("", done.error or "the mail could not be sent")
            return
        step.scene.outcome = "Success"
        note = step.scene.note
        step.emit(EmailSent, to=tuple(note["to"]), subject=note["subject"], body=note["body"])


@action("send_email")
def read(data: Mapping[str, Json]) -> Action:
    return SendEmailAction(
        text_of(data, "uuid"),
        templates_of(data, "addresses", _ADDRESSES),
        template_of(data, "subject"),
        template_of(data, "body"),
    )
