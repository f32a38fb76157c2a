"""Message templates that were approved before: their variables, and what they look like filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import regex

from flows.actions.base import dicts_of, templates_of, text_of
from flows.actions.messages import attachment, route_of
from flows.expressions.template import Template, compile_template
from flows.step import Step
from flows.values import Json

_PLACE = regex.compile(r"\{\{(\d+)\}\}")
_VARIABLES = 30
#: Kinds of components whose text is the message's.
_TEXTS = frozenset({"header/text", "body/text", "footer/text"})


@dataclass(frozen=True)
class HsmTemplate:
    """A reference to a template, with its variables. `owner_uuid` has their translations."""

    uuid: str
    name: str
    variables: tuple[Template, ...]
    owner_uuid: str
    #: What the editor calls the variables in translations: variables (13.1) or template_variables.
    key: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A template with its variables put in. `locale` is "" where the template does not say."""

    data: Mapping[str, Json]
    text: str
    attachments: tuple[str, ...] = ()
    quick_replies: tuple[str, ...] = ()
    locale: str = ""


def read_template(data: Mapping[str, Json]) -> HsmTemplate | None:
    """Read `templating` (13.1) or `template` with `template_variables` (13.5)."""
    templating = data.get("templating")
    owner = text_of(data, "uuid")
    if isinstance(templating, dict) and isinstance(templating.get("template"), dict):
        named = templating["template"]
        variables = templates_of(templating, "variables", _VARIABLES)
        owner = text_of(templating, "uuid") or owner
        return HsmTemplate(
            text_of(named, "uuid"), text_of(named, "name"), variables, owner, "variables"
        )
    if not isinstance(data.get("template"), dict):
        return None
    named, key = data["template"], "template_variables"
    variables = templates_of(data, key, _VARIABLES)
    return HsmTemplate(text_of(named, "uuid"), text_of(named, "name"), variables, owner, key)


def fill(step: Step, template: HsmTemplate) -> Filled | None:
    """Give the template in the contact's language; None when it does not exist (any more).

    Glific sends one that the engine does not know as well: the provider knows it.
    """
    known = step.scene.assets.template(template.uuid)
    if known is None and step.is_goflow:
        return None
    translation = _translation(step, known) if known else None
    if known and translation is None and isinstance(known.get("translations"), list):
        return None
    values = _values(step, template)
    if translation is not None:
        return _components(template, translation, values)
    data: dict[str, Json] = {
        "uuid": template.uuid,
        "name": template.name,
        "variables": values,
    }
    return Filled(data, _body(step, known, values) if known else "")


def _values(step: Step, template: HsmTemplate) -> list[str]:
    base = [item.source for item in template.variables]
    sources = step.localized(template.owner_uuid, template.key, base)
    if len(sources) != len(base):
        sources = base
    return [step.text(compile_template(source))[0] for source in sources]


def _body(step: Step, known: Mapping[str, Json], values: Sequence[str]) -> str:
    """Fill the body of a template of the organization's own: {"body", "translations": {locale: body}}."""
    translations = known.get("translations") or {}
    bodies = (translations.get(language) for language in step.languages())
    body = next((item for item in bodies if item), None) or known.get("body") or ""
    return _put(str(body), {str(place): value for place, value in enumerate(values, 1)})


def _put(text: str, values: Mapping[str, str]) -> str:
    return str(_PLACE.sub(lambda place: values.get(place[1], ""), text))


# -- translations by channel, made of components


def _translation(step: Step, known: Mapping[str, Json]) -> Mapping[str, Any] | None:
    """Find the translation for the way the message goes, in the best language that there is."""
    way = route_of(step)
    if not isinstance(known.get("translations"), list) or way is None:
        return None
    fit = [
        item
        for item in dicts_of(known, "translations")
        if text_of(item.get("channel") or {}, "uuid") == way[1].uuid
    ]
    country = way[1].country or step.env.country
    for language in step.languages():
        for locale in (f"{language}-{country}", language):
            for item in fit:
                if text_of(item, "locale") == locale:
                    return item
        for item in fit:
            if text_of(item, "locale").split("-")[0] == language:
                return item
    return None


def _components(
    template: HsmTemplate, translation: Mapping[str, Any], given: Sequence[str]
) -> Filled:
    kinds = [text_of(item, "type") or "text" for item in dicts_of(translation, "variables")]
    values = [*given, *[""] * len(kinds)][: len(kinds)]
    texts: list[str] = []
    attachments: list[str] = []
    replies: list[str] = []
    used: list[Json] = []
    for component in dicts_of(translation, "components"):
        places = component.get("variables")
        places = places if isinstance(places, dict) else {}
        own = {name: values[at] for name, at in places.items() if at < len(values)}
        kind, content = text_of(component, "type"), _put(text_of(component, "content"), own)
        if kind in _TEXTS and content:
            texts.append(content)
        elif kind == "header/media":
            attachments += [item for value in own.values() if (item := attachment(value))]
        elif kind == "button/quick_reply":
            replies.append(content)
        if places:
            used.append({"name": text_of(component, "name"), "type": kind, "variables": places})
    data: dict[str, Json] = {"uuid": template.uuid, "name": template.name}
    if used:
        data["components"] = used
    if kinds:
        pairs = zip(kinds, values, strict=True)
        data["variables"] = [{"type": kind, "value": value} for kind, value in pairs]
    locale = text_of(translation, "locale")
    return Filled(data, "\n\n".join(texts), tuple(attachments), tuple(replies), locale)
