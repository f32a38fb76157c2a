"""link_google_sheet: a row of a sheet is read into a result, or a row is added (Glific)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from flows.actions.base import Action, Outcome, Ref, action, template_of, templates_of, text_of
from flows.actions.outside import answer_of, ask, conclude
from flows.effects import ReadSheet, WriteSheet
from flows.events.outside import SheetLinked
from flows.expressions.template import Template
from flows.step import Step
from flows.stimuli import Stimulus
from flows.values import Json

_COLUMNS = 100


@dataclass(frozen=True)
class LinkGoogleSheet(Action):
    """Ends in Success or Failure; a row that was read is @results.<result name>.<column>."""

    type: ClassVar[str] = "link_google_sheet"

    sheet_id: str
    url: str
    name: str
    writes: bool
    key: Template
    row: tuple[Template, ...]
    range: str
    result_name: str

    def run(self, step: Step) -> Outcome:
        if self.writes:
            return ask(
                step,
                self.uuid,
                WriteSheet,
                sheet_id=self.sheet_id,
                url=self.url,
                name=self.name,
                range=self.range,
                row=tuple(step.text(cell)[0] for cell in self.row),
            )
        key = step.text(self.key)[0].strip()
        return ask(
            step,
            self.uuid,
            ReadSheet,
            note={"key": key},
            sheet_id=self.sheet_id,
            url=self.url,
            name=self.name,
            key=key,
            result_name=self.result_name,
        )

    def receive(self, step: Step, stimulus: Stimulus) -> None:
        done = answer_of(stimulus)
        row = done.data if isinstance(done.data, dict) else None
        ok = done.ok and (self.writes or row is not None)
        step.emit(
            SheetLinked,
            effect_uuid=done.effect_uuid,
            sheet_id=self.sheet_id,
            action=WriteSheet.type if self.writes else ReadSheet.type,
            status="success" if ok else "failure",
        )
        outcome = "Success" if ok else "Failure"
        why = "" if ok else done.error or "the sheet gave no row"
        key = str(step.scene.note.get("key", ""))
        conclude(step, self.result_name, outcome, why or key, row if ok else None)

    def refs(self) -> tuple[Ref, ...]:
        return (Ref("sheet", self.sheet_id, self.name or self.url),)

    def results(self) -> tuple[str, ...]:
        return (self.result_name,) if self.result_name else ()


@action("link_google_sheet")
def read(data: Mapping[str, Json]) -> Action:
    return LinkGoogleSheet(
        uuid=text_of(data, "uuid"),
        sheet_id=text_of(data, "sheet_id"),
        url=text_of(data, "url"),
        name=text_of(data, "name"),
        writes=text_of(data, "action_type").upper() == "WRITE",
        key=template_of(data, "row"),
        row=templates_of(data, "row_data", _COLUMNS),
        range=text_of(data, "range"),
        result_name=text_of(data, "result_name"),
    )
