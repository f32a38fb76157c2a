"""add_input_labels: labels on the contact's last message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from flows.actions.base import Action, Outcome, Ref, action, text_of
from flows.actions.references import NamedRef, find_labels, read_refs, refs_of
from flows.events.message import InputLabelsAdded
from flows.step import Step
from flows.values import Json


@dataclass(frozen=True)
class AddInputLabels(Action):
    """Without a message nothing happens (Glific), or that is told (goflow)."""

    type: ClassVar[str] = "add_input_labels"

    labels: tuple[NamedRef, ...]

    def run(self, step: Step) -> Outcome:
        msg = step.scene.input
        if msg is None:
            if step.is_goflow:
                step.error("", "there is no message to put labels on")
            return None
        labels = find_labels(step, self.labels)
        if labels:
            step.emit(InputLabelsAdded, input_uuid=msg.uuid, labels=labels)
        return None

    def refs(self) -> tuple[Ref, ...]:
        return refs_of("label", self.labels)


@action("add_input_labels")
def read(data: Mapping[str, Json]) -> Action:
    return AddInputLabels(text_of(data, "uuid"), read_refs(data, "labels"))
