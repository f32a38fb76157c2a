"""set_run_local: a value that the run keeps for itself, @locals.name (spec 14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import regex

from flows.actions.base import Action, Outcome, action, template_of, text_of
from flows.expressions.template import Template
from flows.step import Step
from flows.values import Json

_WHOLE = regex.compile(r"[+-]?\d{1,18}")


@dataclass(frozen=True)
class SetRunLocal(Action):
    """`operation` is set, increment (by a whole number; what is no number counts as 0) or clear."""

    type: ClassVar[str] = "set_run_local"

    local: str
    value: Template
    operation: str

    def run(self, step: Step) -> Outcome:
        value = step.exact(self.value)
        if value is None:
            return None
        if self.operation == "clear":
            step.set_local(self.local, None)
        elif self.operation != "increment":
            step.set_local(self.local, value)
        elif _WHOLE.fullmatch(value):
            held = step.run.locals.get(self.local, "")
            start = int(held) if _WHOLE.fullmatch(held) else 0
            step.set_local(self.local, str(start + int(value)))
        else:
            step.error("", f"'{value}' is no whole number to increment by")
        return None


@action("set_run_local")
def read(data: Mapping[str, Json]) -> Action:
    return SetRunLocal(
        text_of(data, "uuid"),
        text_of(data, "local"),
        template_of(data, "value"),
        text_of(data, "operation") or "set",
    )
