"""The switch router: an operand through cases to a category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flows.cases import CASES, Match, Subject
from flows.expressions.template import Template, compile_template
from flows.expressions.values import ExprError, Value, to_text
from flows.routers.base import Category, MsgWaitSpec, category_named, save
from flows.step import Step
from flows.trace import shown
from flows.values import Msg


@dataclass(frozen=True, slots=True)
class Case:
    """A test with its arguments, and the category that it leads to."""

    uuid: str
    type: str
    arguments: tuple[Template, ...]
    category_uuid: str


@dataclass(frozen=True, slots=True)
class Switch:
    """Cases in order, the first that holds wins, else the default category (catalogue 4).

    After a service action the category of its outcome's name wins over the operand (catalogue 13).
    """

    operand: Template
    cases: tuple[Case, ...]
    categories: tuple[Category, ...]
    default_uuid: str | None
    result_name: str = ""
    wait: MsgWaitSpec | None = None

    def route(self, step: Step) -> str | None:
        outcome = step.scene.outcome
        if outcome is not None and not step.is_goflow:
            category = category_named(self.categories, outcome)
            if category:
                step.note("route", category=category.name, reason=f"the outcome was {outcome}")
                return save(step, self, category, outcome, outcome)
        value = self._operand(step)
        text = to_text(value)
        category, match = self._choose(step, value, text)
        if category is not None and self.wait and category.uuid == self.default_uuid:
            category, match = self._by_choice(step, text) or (category, match)
        if category is None:
            return None
        if self.wait and category.uuid != self.default_uuid:
            step.scene.choices = ()
        more = _media(step.scene.input) if self.wait and not step.is_goflow else {}
        more |= match.more
        return save(
            step, self, category, match.value, more.pop("input", text), extra=match.extra, more=more
        )

    def _by_choice(self, step: Step, text: str) -> tuple[Category, Match] | None:
        """Try the titles of the choice that the answer names by its number or by another language's title."""
        for title in chosen(step.scene.choices, text):
            category, match = self._choose(step, title, title)
            if category is not None and category.uuid != self.default_uuid:
                return category, match
        return None

    def _operand(self, step: Step) -> Value:
        """Give the operand's value; an error is a value here, for has_error alone."""
        if any(case.type == "has_error" for case in self.cases):
            value, _ = self.operand.value(step.scope())
            return value
        return step.value(self.operand)

    def _choose(self, step: Step, value: Value, text: str) -> tuple[Category | None, Match]:
        by_uuid = {category.uuid: category for category in self.categories}
        for case in self.cases:
            match = self._test(step, case, value, text)
            if match is not None:
                category = by_uuid.get(case.category_uuid)
                _note_route(step, category, f"{case.type} holds")
                return category, match
        category = by_uuid.get(self.default_uuid or "")
        _note_route(step, category, "no case holds" if self.cases else "there is no case")
        return category, Match(text)

    def _test(self, step: Step, case: Case, value: Value, text: str) -> Match | None:
        kind = CASES[case.type]
        arguments = _arguments(step, case)
        # an argument that fails is no empty one, which some tests would hold for
        if len(arguments) < kind.fewest or any(isinstance(a, ExprError) for a in arguments):
            return None
        # the message belongs to the operand only where it was waited for
        msg = step.scene.input if self.wait or "input" in self.operand.source else None
        match = kind.test(Subject(value, text, step.scope(), msg), arguments)
        if step.scene.trace is not None:
            shown_arguments = [shown(argument) for argument in arguments]
            found = match.value if match else None
            step.note("case", type=case.type, operand=text, arguments=shown_arguments, match=found)
        return match


def _note_route(step: Step, category: Category | None, reason: str) -> None:
    step.note("route", category=category.name if category else None, reason=reason)


def chosen(choices: Sequence[Sequence[str]], text: str) -> Sequence[str]:
    """Give the titles of the choice with this number ("2", "2.", "2)") or title, none if it is neither."""
    said = text.strip().lower()
    number = said.rstrip(".)")
    if number.isdecimal() and len(number) <= 3 and 1 <= int(number) <= len(choices):
        return choices[int(number) - 1]
    for titles in choices:
        if said in (title.strip().lower() for title in titles):
            return titles
    return ()


def _arguments(step: Step, case: Case) -> list[Value]:
    base = [template.source for template in case.arguments]
    sources = step.localized(case.uuid, "arguments", base)
    if len(sources) != len(base):
        sources = base
    return [step.value_or_error(compile_template(source)) for source in sources]


def _media(msg: Msg | None) -> dict[str, Any]:
    """Give what a result holds of a message that is not text (catalogue 12.12)."""
    if msg is None:
        return {}
    if msg.kind == "location":
        return {key: msg.payload.get(key) for key in ("latitude", "longitude")}
    if not msg.attachments:
        return {"interactive": dict(msg.payload)} if msg.kind in ("quick_reply", "list") else {}
    url = msg.attachments[0].partition(":")[2]
    return {"url": url, "source_url": url, "caption": msg.text, "type": msg.kind, "input": url}
