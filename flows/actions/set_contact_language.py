"""set_contact_language: by the language's name or its locale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import regex

from flows.actions.base import Action, Outcome, Ref, action, template_of, text_of
from flows.events.contact import ContactLanguageChanged
from flows.expressions.template import Template
from flows.step import Step
from flows.values import Json

#: ISO 639-3, which is all that goflow knows.
_ISO = regex.compile(r"[a-z]{3}")


@dataclass(frozen=True)
class SetContactLanguage(Action):
    """A blank language is ignored in Glific's flows and clears it in goflow's."""

    type: ClassVar[str] = "set_contact_language"

    language: Template

    def run(self, step: Step) -> Outcome:
        wanted = step.exact(self.language)
        if wanted is None or (not wanted.strip() and step.env.dialect == "glific"):
            return None
        locale = self._locale(step, wanted.strip())
        if locale is None:
            step.error("language:invalid", f"unknown language '{wanted}'")
        elif locale != step.contact.language:
            contact = replace(step.contact, language=locale)
            step.change_contact(contact, ContactLanguageChanged, language=locale)
        return None

    def _locale(self, step: Step, wanted: str) -> str | None:
        if not wanted:
            return ""
        if step.is_goflow:
            return wanted if _ISO.fullmatch(wanted) else None
        found = step.scene.assets.language(wanted)
        return found.locale if found else None

    def refs(self) -> tuple[Ref, ...]:
        text = self.language.source.strip()
        return (Ref("language", text, text),) if text and self.language.is_constant else ()


@action("set_contact_language")
def read(data: Mapping[str, Json]) -> Action:
    return SetContactLanguage(text_of(data, "uuid"), template_of(data, "language"))
