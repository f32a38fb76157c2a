"""call_classifier: what a text is meant to say, by a service of the host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from flows.actions.base import Action, Outcome, Ref, action, template_of, text_of
from flows.actions.outside import answer_of, ask
from flows.effects import CallClassifier
from flows.events.outside import ClassifierCalled
from flows.events.trouble import WarningEvent
from flows.expressions.template import Template
from flows.step import Step
from flows.stimuli import Stimulus
from flows.values import Json


@dataclass(frozen=True)
class CallClassifierAction(Action):
    """The result's value is the best intent, its `extra` all of them; Success, Skipped or Failure.

    goflow has given up classifiers since 14.4: there it is a warning and nothing is asked.
    """

    type: ClassVar[str] = "call_classifier"

    classifier_uuid: str
    classifier_name: str
    input: Template
    result_name: str

    def run(self, step: Step) -> Outcome:
        if step.is_goflow:
            step.emit(WarningEvent, text="classifiers are not called any more", code="")
            return None
        text = step.text(self.input)[0].strip()
        if not text:
            step.error("", "an empty text is not classified")
            self._save(step, "0", "Skipped", text)
            return None
        return ask(
            step,
            self.uuid,
            CallClassifier,
            note={"input": text},
            classifier_uuid=self.classifier_uuid,
            classifier_name=self.classifier_name,
            input=text,
            result_name=self.result_name,
        )

    def receive(self, step: Step, stimulus: Stimulus) -> None:
        done = answer_of(stimulus)
        text = str(step.scene.note.get("input", ""))
        data = done.data if isinstance(done.data, dict) else {}
        step.emit(
            ClassifierCalled,
            effect_uuid=done.effect_uuid,
            classifier_uuid=self.classifier_uuid,
            classifier_name=self.classifier_name,
            input=text,
            status="success" if done.ok else "failure",
        )
        if not done.ok:
            step.error("", done.error or "the classifier gave no answer")
            self._save(step, "0", "Failure", text)
            return
        intents = data.get("intents")
        best = intents[0] if isinstance(intents, list) and intents else {}
        name = str(best.get("name", "")) if isinstance(best, dict) else ""
        self._save(step, name, "Success", text, data)

    def _save(self, step: Step, value: str, outcome: str, text: str, extra: Json = None) -> None:
        # the router looks at the result itself (has_intent), unless it goes by Failure
        step.scene.outcome = None if outcome == "Success" else outcome
        step.forget()
        if self.result_name:
            step.save_result(self.result_name, value, outcome, text, extra=extra)

    def refs(self) -> tuple[Ref, ...]:
        return (Ref("classifier", self.classifier_uuid, self.classifier_name),)

    def results(self) -> tuple[str, ...]:
        return (self.result_name,) if self.result_name else ()


@action("call_classifier")
def read(data: Mapping[str, Json]) -> Action:
    classifier = data.get("classifier")
    classifier = classifier if isinstance(classifier, dict) else {}
    return CallClassifierAction(
        text_of(data, "uuid"),
        text_of(classifier, "uuid"),
        text_of(classifier, "name"),
        template_of(data, "input"),
        text_of(data, "result_name"),
    )
