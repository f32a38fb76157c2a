"""send_interactive_msg: buttons or a list, with numbered choices in the text for plain clients."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from flows.actions.base import Action, Outcome, Ref, action, template_of, text_of
from flows.actions.messages import Content, kind_of, send
from flows.actions.references import NamedRef, find_labels, read_refs, refs_of
from flows.expressions.template import Template, compile_template
from flows.step import Step
from flows.values import Json

_CHOICES = 30


@dataclass(frozen=True)
class SendInteractiveMsg(Action):
    """The content is the template's in the contact's language, else the one in the flow."""

    type: ClassVar[str] = "send_interactive_msg"

    id: str
    name: str
    content: Json
    texts: tuple[Template, ...]
    expression: Template
    attachment_type: Template
    attachment_url: Template
    labels: tuple[NamedRef, ...]

    def run(self, step: Step) -> Outcome:
        id = step.text(self.expression)[0] or self.id
        content = self._content(step, id)
        if not isinstance(content, dict):
            step.error("dependency:missing", f"missing interactive template '{self.name or id}'")
            return None
        filled = _filled(step, content)
        titles = choices_of(filled)
        attachments = self._attachments(step, filled)
        shown = Content(numbered(filled, titles), attachments, tuple(titles), (), "")
        send(
            step,
            shown,
            choices=_choices(titles, self._base(step, id)),
            kind=str(filled.get("type") or kind_of(attachments)),
            interactive=filled,
            interactive_id=id or None,
            labels=find_labels(step, self.labels),
        )
        return None

    def _base(self, step: Step, id: str) -> list[str]:
        """Give the titles in the flow's own language, which its cases are written in."""
        known = step.scene.assets.interactive(id)
        content = self.content if isinstance(self.content, dict) else None
        content = content or (known.get("content") if known else None)
        return choices_of(_filled(step, content)) if isinstance(content, dict) else []

    def _content(self, step: Step, id: str) -> Json:
        known = step.scene.assets.interactive(id)
        if known is None:
            return self.content
        translations = known.get("translations") or {}
        for language in step.languages():
            if translations.get(language):
                return translations[language]
        return known.get("content") or self.content

    def _attachments(self, step: Step, content: Mapping[str, Any]) -> tuple[str, ...]:
        kind, url = step.text(self.attachment_type)[0], step.text(self.attachment_url)[0]
        inner = content.get("content")
        if not url and isinstance(inner, dict) and inner.get("url"):
            kind, url = str(inner.get("type", "document")), str(inner["url"])
        return (f"{kind or 'document'}:{url}",) if url else ()

    def refs(self) -> tuple[Ref, ...]:
        own = () if self.expression.source else (Ref("interactive", self.id, self.name),)
        return (*own, *refs_of("label", self.labels))


def _filled(step: Step, value: Any) -> Any:
    """Give the content with every text in it evaluated: after parsing, so no value can break it."""
    if isinstance(value, str):
        return step.text(compile_template(value))[0]
    if isinstance(value, dict):
        return {key: _filled(step, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(step, item) for item in value]
    return value


def _choices(shown: Sequence[str], base: Sequence[str]) -> list[tuple[str, ...]]:
    """Give each choice's title as it is shown, then as the flow's author wrote it."""
    if len(base) != len(shown):
        return [(title,) for title in shown]
    return [tuple(dict.fromkeys(pair)) for pair in zip(shown, base, strict=True)]


def choices_of(content: Mapping[str, Any]) -> list[str]:
    """Give the titles a contact may choose: of the buttons, or of all items of a list."""
    options = [item for item in content.get("options") or [] if isinstance(item, dict)]
    for section in content.get("items") or []:
        if isinstance(section, dict):
            options += [item for item in section.get("options") or [] if isinstance(item, dict)]
    return [str(item["title"]) for item in options if item.get("title")][:_CHOICES]


def numbered(content: Mapping[str, Any], choices: list[str]) -> str:
    """Give the message as plain text: header, body, then the choices with their numbers."""
    inner = content.get("content")
    inner = inner if isinstance(inner, dict) else {}
    body = content.get("body")
    if isinstance(body, dict):
        body = body.get("text")
    heads = [
        inner.get("header"),
        content.get("title"),
        inner.get("text"),
        body,
        inner.get("caption"),
    ]
    lines = [str(item) for item in dict.fromkeys(heads) if item]
    lines += [f"{place}. {choice}" for place, choice in enumerate(choices, 1)]
    return "\n".join(lines)


@action("send_interactive_msg")
def read(data: Mapping[str, Json]) -> Action:
    content = _json(data.get("text"))
    return SendInteractiveMsg(
        uuid=text_of(data, "uuid"),
        id=text_of(data, "id"),
        name=text_of(data, "name"),
        content=content,
        texts=tuple(compile_template(text) for text in _strings(content)),
        expression=template_of(data, "expression"),
        attachment_type=template_of(data, "attachment_type"),
        attachment_url=template_of(data, "attachment_url"),
        labels=read_refs(data, "labels"),
    )


def _json(value: Json) -> Json:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in items for text in _strings(item)]
