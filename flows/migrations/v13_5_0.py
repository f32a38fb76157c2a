"""13.5: a message has `template` and one list of `template_variables`, of all components in order.

A language that translates some components gets the author's own words for the others.
"""

from __future__ import annotations

from typing import Any

from flows.migrations.draft import (
    Dict,
    Draft,
    dicts,
    drop_translation,
    text,
    translate,
    translation,
)

VERSION = (13, 5, 0)


def upgrade(draft: Draft) -> None:
    for action in draft.actions("send_msg"):
        templating = action.get("templating")
        if not isinstance(templating, dict) or templating.get("expression"):
            continue
        components = dicts(templating.get("components"))
        action["template"] = templating.get("template")
        action["template_variables"] = [item for part in components for item in _params(part)]
        del action["templating"]
        for language in draft.languages():
            _translate(language, text(action, "uuid"), components)


def _translate(language: Dict, action_uuid: str, components: list[Dict]) -> None:
    given = [translation(language, text(part, "uuid"), "params") for part in components]
    if all(texts is None for texts in given):
        return
    merged: list[Any] = []
    for part, texts in zip(components, given, strict=True):
        merged += _params(part) if texts is None else texts
        drop_translation(language, text(part, "uuid"), "params")
    translate(language, action_uuid, "template_variables", merged)


def _params(component: Dict) -> list[str]:
    found = component.get("params")
    texts = found if isinstance(found, list) else []
    return [item if isinstance(item, str) else "" for item in texts]
