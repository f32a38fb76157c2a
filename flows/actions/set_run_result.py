"""set_run_result: a result of the run under its own name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from flows.actions.base import Action, Outcome, action, template_of, text_of
from flows.expressions.template import Template
from flows.step import Step
from flows.values import Json


@dataclass(frozen=True)
class SetRunResult(Action):
    """Nothing is set when the value has an error in it (catalogue 7)."""

    type: ClassVar[str] = "set_run_result"

    name: str
    value: Template
    category: Template

    def run(self, step: Step) -> Outcome:
        value = step.exact(self.value, step.env.limits.result_chars)
        if value is not None and self.name:
            base = (self.category.source,)
            if step.is_goflow:
                translated: list[str] = list(step.localized(self.uuid, "category", base))
            else:
                translated = step.localized_texts(self.uuid, "category", (self.category,))
            # goflow: a category is a name, not a template
            written = self.category.source
            category = written if step.is_goflow else step.text(self.category)[0]
            shown = translated[0] if translated else category
            step.save_result(self.name, value, category, value, more={"category_localized": shown})
        return None

    def results(self) -> tuple[str, ...]:
        return (self.name,)


@action("set_run_result")
def read(data: Mapping[str, Json]) -> Action:
    return SetRunResult(
        uuid=text_of(data, "uuid"),
        name=text_of(data, "name"),
        value=template_of(data, "value"),
        category=template_of(data, "category"),
    )
